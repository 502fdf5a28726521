import Documents
import Quantities

/// Locust: the statistics that `--csv NAME` leaves in `NAME_stats.csv`.
enum LocustResults {
  static let tool = ForeignResult.Tool(
    name: "locust", summary: "the statistics of --csv NAME: NAME_stats.csv", command: "locust --headless --csv run ...",
    recognizes: { $0.firstLine.hasPrefix("Type,Name,Request Count,Failure Count") },
    read: { file in [try result(file)].compactMap { $0 } })

  private static func result(_ file: ForeignFile) throws -> ForeignResult? {
    let lines = file.lines.map { fields($0) }
    guard let header = lines.first else { return nil }
    var result = LoadResult()
    // Each user waits for the answer before it goes on.
    result.isOpenLoop = false
    func value(_ row: [String], _ name: String) -> Double? {
      guard let place = header.firstIndex(of: name), place < row.count else { return nil }
      return Double(row[place])
    }
    func spectrum(_ row: [String], _ count: Int) -> LatencySpectrum? {
      var quantiles: [(share: Double, seconds: Double)] = []
      for (place, name) in header.enumerated() where name.hasSuffix("%") && place < row.count {
        if let percent = Double(name.dropLast()), let value = Double(row[place]) {
          quantiles.append((percent / 100, value / 1e3))
        }
      }
      func seconds(_ name: String) -> Double? { value(row, name).flatMap { ForeignResult.seconds($0 / 1e3) } }
      return LatencySpectrum(
        quantiles: quantiles, count: count, mean: seconds("Average Response Time"),
        minimum: seconds("Min Response Time"),
        maximum: seconds("Max Response Time"))
    }
    for row in lines.dropFirst() where row.count > 4 {
      guard let count = value(row, "Request Count").flatMap(ForeignResult.count), count > 0,
        let failed = value(row, "Failure Count").flatMap(ForeignResult.count), let latencies = spectrum(row, count)
      else { continue }
      if row[1] == "Aggregated" {
        result.completed = count
        result.ok = max(0, count - failed)
        // It does not say here how they failed.
        result.errors.checks = min(count, failed)
        result.latency = latencies
        result.service = latencies
        result.achievedRate = .perSecond(value(row, "Requests/s") ?? 0)
        if result.achievedRate > .zero {
          result.window = .seconds(ForeignResult.seconds(Double(count) / result.achievedRate.perSecond) ?? 0)
        }
      } else {
        let name = row[0].isEmpty ? row[1] : "\(row[0]) \(row[1])"
        result.classes.append(
          LoadClass(name: Secret.masked(url: name), ok: max(0, count - failed), ended: count, latency: latencies))
      }
    }
    if result.classes.count == 1 { result.classes = [] }
    return ForeignResult(result)
  }

  /// Fields of CSV (RFC 4180), quotes and all.
  private static func fields(_ line: String) -> [String] {
    var result: [String] = []
    var field = ""
    var isQuoted = false
    var last: Character?
    for letter in line {
      if letter == "\"" {
        // Two quotes in a quoted field are one.
        if !isQuoted, last == "\"" { field.append(letter) }
        isQuoted.toggle()
      } else if letter == ",", !isQuoted {
        result.append(field)
        field = ""
      } else {
        field.append(letter)
      }
      last = letter
    }
    return result + [field]
  }
}
