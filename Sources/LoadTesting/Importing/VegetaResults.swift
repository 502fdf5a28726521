import Documents
import Quantities

/// vegeta: every request (`vegeta encode`, JSON or CSV), or its report (`vegeta report -type=json`).
enum VegetaResults {
  static let tool = ForeignResult.Tool(
    name: "vegeta", summary: "requests (vegeta encode, JSON or CSV) whole, or the report (-type=json)",
    command: "vegeta attack ... | vegeta encode > vegeta.json",
    recognizes: { file in
      if let document = file.document, document["latencies"]?["99th"] != nil { return true }
      if let first = try? JSON.parse(file.firstLine), first["latency"] != nil, first["timestamp"] != nil,
        first["code"] != nil
      {
        return true
      }
      return row(file.firstLine) != nil
    },
    read: { file in
      if let document = file.document, document["latencies"] != nil { return [report(document)].compactMap { $0 } }
      let requests =
        file.firstLine.hasPrefix("{")
        ? file.objects.compactMap { node -> Request? in
          guard let time = ForeignResult.time(node["timestamp"]?.string.flatMap({ Timestamp(iso8601: $0) })),
            let took = node.seconds("latency", scale: 1e-9)
          else { return nil }
          return Request(
            time: time, code: node["code"]?.integer ?? 0, seconds: took, bytes: node.count("bytes_in") ?? 0,
            error: node["error"]?.string ?? "", url: node["url"]?.string ?? "")
        } : file.lines.compactMap(row)
      return [result(requests)].compactMap { $0 }
    })

  private struct Request {
    var time: Timestamp
    var code: Int
    var seconds: Double
    var bytes: Int
    var error: String
    var url: String
  }

  /// `timestamp,code,latency,bytes out,bytes in,error,body,attack,seq,method,url,...`: nanoseconds.
  private static func row(_ line: String) -> Request? {
    let fields = line.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    guard fields.count >= 6, let nanoseconds = Int64(fields[0]), nanoseconds > 1_000_000_000_000_000_000,
      let time = ForeignResult.time(Timestamp(nanosecondsSinceEpoch: nanoseconds)), let code = Int(fields[1]),
      let took = Double(fields[2]).flatMap({ ForeignResult.seconds($0 / 1e9) })
    else { return nil }
    return Request(
      time: time, code: code, seconds: took, bytes: ForeignResult.count(fields[4]) ?? 0,
      error: fields[5], url: fields.count > 10 ? fields[10] : "")
  }

  private static func result(_ requests: [Request]) -> ForeignResult? {
    guard let first = requests.map(\.time).min(), let last = requests.map(\.time).max() else { return nil }
    var result = LoadResult()
    var byStatus: [Int: [Double]] = [:]
    var all: [Double] = []
    for request in requests {
      result.bytesReceived += request.bytes
      result.add(code: request.code, 1, error: request.error)
      if request.code > 0 {
        byStatus[request.code, default: []].append(request.seconds)
        all.append(request.seconds)
      } else if request.error.lowercased().contains("timeout") || request.error.contains("deadline") {
        all.append(request.seconds)
      }
    }
    result.latency = LatencySpectrum(seconds: all)
    result.service = result.latency
    result.latencyByStatus = byStatus.mapValues { LatencySpectrum(seconds: $0) }
    // n requests at one rate take n gaps.
    let span = (last - first).seconds
    result.window = .seconds(requests.count > 1 ? span * Double(requests.count) / Double(requests.count - 1) : 0)
    result.timeline = ForeignTimeline.seconds(
      requests.map { (end: $0.time + .seconds($0.seconds), seconds: $0.seconds, isGood: (1..<400).contains($0.code)) })
    return ForeignResult(url: requests.first { !$0.url.isEmpty }?.url ?? "", started: first, result)
  }

  private static func report(_ document: Node) -> ForeignResult? {
    guard let count = document.count("requests"), count > 0 else { return nil }
    var result = LoadResult()
    var counted = 0
    for entry in document["status_codes"]?.entries ?? [] {
      guard let code = Int(entry.key), let times = entry.value.count(), times > 0 else { continue }
      counted += times
      result.add(code: code, times, error: "")
    }
    if counted < count { result.add(code: 0, count - counted, error: "") }
    func seconds(_ key: String) -> Double? { document.seconds("latencies", key, scale: 1e-9) }
    let quantiles = [("50th", 0.5), ("90th", 0.9), ("95th", 0.95), ("99th", 0.99)].compactMap { key, share in
      seconds(key).map { (share: share, seconds: $0) }
    }
    guard
      let spectrum = LatencySpectrum(
        quantiles: quantiles, count: count, mean: seconds("mean"), minimum: seconds("min"), maximum: seconds("max"))
    else { return nil }
    result.latency = spectrum
    result.service = spectrum
    result.bytesReceived = document.number("bytes_in", "total").flatMap { ForeignResult.count($0, most: 1e18) } ?? 0
    result.window = .seconds(document.seconds("duration", scale: 1e-9) ?? 0)
    return ForeignResult(started: document["earliest"]?.string.flatMap { Timestamp(iso8601: $0) }, result)
  }
}

extension LoadResult {
  /// Counts requests by their status; 0 where there was no whole response.
  mutating func add(code: Int, _ times: Int, error: String) {
    guard code > 0 else {
      let text = error.lowercased()
      if text.contains("timeout") || text.contains("deadline") {
        errors.timeout += times
      } else if text.contains("reset") || text.contains("broken pipe") {
        errors.reset += times
      } else if text.contains("eof") {
        errors.incomplete += times
      } else {
        errors.connect += times
      }
      return
    }
    completed += times
    statuses[code, default: 0] += times
    switch code {
    case ..<400: ok += times
    case ..<500: errors.clientErrors += times
    default: errors.serverErrors += times
    }
  }
}
