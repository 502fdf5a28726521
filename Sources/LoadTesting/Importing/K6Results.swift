import Documents
import Quantities

/// k6: every sample (`--out json=FILE`), or the summary at its end (`--summary-export=FILE`, `handleSummary`).
enum K6Results {
  static let tool = ForeignResult.Tool(
    name: "k6", summary: "samples (--out json=FILE) whole, or the summary (--summary-export=FILE)",
    command: "k6 run --out json=k6.json script.js",
    recognizes: { file in
      if file.document?["metrics"]?["http_req_duration"] != nil { return true }
      let first = try? JSON.parse(file.firstLine)
      return first?["type"]?.string == "Metric" || first?["metric"] != nil && first?["data"] != nil
    },
    read: { file in
      if let document = file.document, document["metrics"] != nil { return [summary(document)].compactMap { $0 } }
      return [samples(file.objects)].compactMap { $0 }
    })

  /// A line a sample: `{"type":"Point","metric":"http_req_duration","data":{"time":"...","value":12.3,"tags":{...}}}`.
  private static func samples(_ lines: [Node]) -> ForeignResult? {
    struct Group {
      var seconds: [Double] = []
      var ok = 0
    }
    var result = LoadResult()
    var all: [Double] = []
    var steps: [String: Group] = [:]
    var byStatus: [Int: [Double]] = [:]
    var ends: [(time: Timestamp, seconds: Double, isGood: Bool)] = []
    var isOpen = false
    var url = ""
    for line in lines where line["type"]?.string == "Point" {
      let data = line["data"]
      switch line["metric"]?.string {
      case "dropped_iterations":
        isOpen = true
        result.dropped += data?.count("value") ?? 0
      case "data_received": result.bytesReceived += data?.count("value") ?? 0
      case "http_req_duration":
        guard let seconds = data?.seconds("value", scale: 1e-3),
          let time = ForeignResult.time(data?["time"]?.string.flatMap({ Timestamp(iso8601: $0) }))
        else { continue }
        let tags = data?["tags"]
        let status = tags?["status"]?.string.flatMap { Int($0) } ?? 0
        // What k6 itself counts as expected, else below 400.
        let isGood = tags?["expected_response"]?.string.map { $0 == "true" } ?? ((100..<400).contains(status))
        let name = tags?["name"]?.string ?? tags?["url"]?.string ?? ""
        if url.isEmpty { url = tags?["url"]?.string ?? name }
        if status > 0 {
          all.append(seconds)
          byStatus[status, default: []].append(seconds)
          result.statuses[status, default: 0] += 1
          result.completed += 1
          steps[name, default: Group()].seconds.append(seconds)
          if isGood {
            result.ok += 1
            steps[name, default: Group()].ok += 1
          } else if status >= 500 {
            result.errors.serverErrors += 1
          } else if status >= 400 {
            result.errors.clientErrors += 1
          } else {
            result.errors.checks += 1
          }
        } else {
          // k6's error codes 1050 and on are timeouts, 1200s connections (k6, errors).
          let code = tags?["error_code"]?.string.flatMap { Int($0) } ?? 0
          if code == 1050 { result.errors.timeout += 1 } else { result.errors.connect += 1 }
        }
        ends.append((time, seconds, isGood))
      default: continue
      }
    }
    guard let first = ends.map({ $0.time }).min(), let last = ends.map({ $0.time }).max() else { return nil }
    result.isOpenLoop = isOpen
    result.latency = LatencySpectrum(seconds: all)
    result.service = result.latency
    result.latencyByStatus = byStatus.mapValues { LatencySpectrum(seconds: $0) }
    if steps.count > 1 {
      result.classes = steps.sorted { $0.key < $1.key }.map { name, group in
        LoadClass(
          name: Secret.masked(url: name), ok: group.ok, ended: group.seconds.count,
          latency: LatencySpectrum(seconds: group.seconds))
      }
    }
    result.window = .seconds(max(1e-3, (last - first).seconds))
    result.timeline = ForeignTimeline.seconds(ends.map { (end: $0.time, seconds: $0.seconds, isGood: $0.isGood) })
    return ForeignResult(url: url, started: first, result)
  }

  private static func summary(_ document: Node) -> ForeignResult? {
    func values(_ metric: String) -> Node? {
      document.at("metrics", metric, "values") ?? document.at("metrics", metric)
    }
    guard let duration = values("http_req_duration"), let requests = values("http_reqs"),
      let count = requests.count("count"), count > 0
    else { return nil }
    var result = LoadResult()
    // `http_req_failed` is the share of requests that failed: of a summary its "passes" are those.
    let failed = values("http_req_failed")
    let bad =
      failed?.count("passes")
      ?? ForeignResult.count(((failed?.number("rate") ?? failed?.number("value") ?? 0) * Double(count)).rounded()) ?? 0
    result.completed = count
    result.ok = max(0, count - bad)
    result.errors.checks = min(count, bad)
    var quantiles: [(share: Double, seconds: Double)] = []
    for entry in duration.entries ?? [] where entry.key.hasPrefix("p(") {
      let text = entry.key.dropFirst(2).prefix { $0 != ")" }
      if let percent = Double(text), let value = entry.value.number { quantiles.append((percent / 100, value / 1e3)) }
    }
    if let median = duration.number("med") { quantiles.append((0.5, median / 1e3)) }
    func seconds(_ key: String) -> Double? { duration.seconds(key, scale: 1e-3) }
    guard
      let spectrum = LatencySpectrum(
        quantiles: quantiles, count: count, mean: seconds("avg"), minimum: seconds("min"), maximum: seconds("max"))
    else { return nil }
    result.latency = spectrum
    result.service = spectrum
    result.dropped = values("dropped_iterations")?.count("count") ?? 0
    result.isOpenLoop = values("dropped_iterations") != nil
    result.bytesReceived = values("data_received")?.number("count").flatMap { ForeignResult.count($0, most: 1e18) } ?? 0
    let rate = requests.number("rate") ?? 0
    result.achievedRate = .perSecond(rate)
    let length =
      document.seconds("state", "testRunDurationMs", scale: 1e-3)
      ?? (rate > 0 ? ForeignResult.seconds(Double(count) / rate) : nil)
    result.window = .seconds(length ?? 0)
    return ForeignResult(result)
  }
}

/// Seconds of a test put together from single requests.
enum ForeignTimeline {
  /// The longest that is kept second by second: a week.
  private static let most = 7 * 86_400

  static func seconds(_ requests: [(end: Timestamp, seconds: Double, isGood: Bool)]) -> [LoadSecond] {
    guard let first = requests.map({ $0.end.nanosecondsSinceEpoch - Int64($0.seconds * 1e9) }).min(),
      let last = requests.map({ $0.end.nanosecondsSinceEpoch }).max()
    else { return [] }
    let count = Int((last - first) / 1_000_000_000) + 1
    guard count <= most else { return [] }
    var seconds = (0..<count).map { LoadSecond(second: $0) }
    var latencies = [[Double]](repeating: [], count: count)
    for request in requests {
      let end = Int((request.end.nanosecondsSinceEpoch - first) / 1_000_000_000)
      let start = max(
        0, Int((request.end.nanosecondsSinceEpoch - Int64(request.seconds * 1e9) - first) / 1_000_000_000))
      seconds[min(start, count - 1)].offered += 1
      seconds[min(start, count - 1)].sent += 1
      seconds[end].completed += 1
      if !request.isGood { seconds[end].errors += 1 }
      latencies[end].append(request.seconds)
    }
    // A second of a week in which nothing ended needs no recorder.
    for i in 0..<count where !latencies[i].isEmpty {
      seconds[i].p50 = Statistics.quantile(latencies[i], 0.5)
      seconds[i].p99 = Statistics.quantile(latencies[i], 0.99)
      seconds[i].maximum = latencies[i].max()
      var recorder = LatencyRecorder()
      for value in latencies[i] { recorder.record(Int64(value * 1e9)) }
      seconds[i].latencies = recorder.coarse()
    }
    return seconds
  }
}
