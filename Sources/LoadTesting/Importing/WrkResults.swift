import Documents
import Quantities

/// wrk2 and wrk: what they print, with `--latency` for the percentiles.
enum WrkResults {
  static let tool = ForeignResult.Tool(
    name: "wrk2", summary: "what wrk2 and wrk print with --latency", command: "wrk2 -R1000 --latency URL > wrk2.txt",
    recognizes: { file in
      let lines = file.lines
      return lines.contains { $0.hasPrefix("Running ") && $0.contains(" test @ ") }
        && lines.contains { $0.hasPrefix("Requests/sec:") }
    }, read: { file in [result(file.lines)].compactMap { $0 } })

  private static func result(_ lines: [String]) -> ForeignResult? {
    var result = LoadResult()
    var url = ""
    var quantiles: [(share: Double, seconds: Double)] = []
    var mean: Double?
    var maximum: Double?
    var bad = 0
    for line in lines {
      let words = line.split { $0 == " " || $0 == "\t" }.map(String.init)
      if line.hasPrefix("Running "), let at = words.firstIndex(of: "@"), at + 1 < words.count {
        url = words[at + 1]
      } else if words.count >= 5, words[1] == "threads", words[3].allSatisfy(\.isNumber) {
        result.connections = ForeignResult.count(words[3]) ?? 0
      } else if line.contains("HdrHistogram - Recorded Latency") {
        // wrk2 counts from when a request was due.
        result.isOpenLoop = true
      } else if words.first == "Latency", words.count >= 4, let average = seconds(words[1]) {
        mean = average
        maximum = seconds(words[3])
      } else if words.count == 2, words[0].hasSuffix("%"), let share = Double(words[0].dropLast()),
        let value = seconds(words[1])
      {
        quantiles.append((share / 100, value))
      } else if words.count >= 4, words[1] == "requests", words[2] == "in", let count = ForeignResult.count(words[0]) {
        result.completed = count
        result.window = .seconds(seconds(words[3].hasSuffix(",") ? String(words[3].dropLast()) : words[3]) ?? 0)
      } else if line.contains("Non-2xx or 3xx responses:") {
        bad = words.last.flatMap { ForeignResult.count($0) } ?? 0
      } else if line.contains("Socket errors:") {
        func count(_ name: String) -> Int {
          guard let place = words.firstIndex(of: name), place + 1 < words.count else { return 0 }
          return ForeignResult.count(words[place + 1].filter(\.isNumber)) ?? 0
        }
        result.errors.connect = count("connect")
        result.errors.reset = count("read") + count("write")
        result.errors.timeout = count("timeout")
      } else if line.hasPrefix("Requests/sec:") {
        result.achievedRate = .perSecond(words.last.flatMap { Double($0) } ?? 0)
      }
    }
    if !lines.contains(where: { $0.contains("HdrHistogram - Recorded Latency") }) { result.isOpenLoop = false }
    result.ok = max(0, result.completed - bad)
    // It does not say which statuses they were.
    result.errors.checks = min(bad, result.completed)
    guard
      let spectrum = LatencySpectrum(
        quantiles: quantiles, count: result.completed, mean: mean, minimum: nil, maximum: maximum)
    else { return nil }
    result.latency = spectrum
    result.service = spectrum
    return ForeignResult(url: url, result)
  }

  /// `635.91us`, `1.10ms`, `30.00s`, `1.00m`, `2.00h`.
  private static func seconds(_ text: String) -> Double? {
    let number = text.prefix { $0.isNumber || $0 == "." }
    guard let value = Double(number) else { return nil }
    let units: [Substring: Double] = ["us": 1e-6, "ms": 1e-3, "s": 1, "m": 60, "h": 3600]
    return units[text.dropFirst(number.count)].flatMap { ForeignResult.seconds(value * $0) }
  }
}
