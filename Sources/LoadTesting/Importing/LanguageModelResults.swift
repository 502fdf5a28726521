import Documents
import Quantities

/// GuideLLM: a result a benchmark of its file, which a sweep has several of.
enum GuideLLMResults {
  static let tool = ForeignResult.Tool(
    name: "guidellm", summary: "the JSON of guidellm benchmark, each of its benchmarks",
    command: "guidellm benchmark ... --output-path guidellm.json",
    recognizes: { $0.document?["benchmarks"]?.elements?.first?["metrics"] != nil },
    read: { file in (file.document?["benchmarks"]?.elements ?? []).compactMap(benchmark) })

  private static func benchmark(_ node: Node) -> ForeignResult? {
    let metrics = node["metrics"]
    func good(_ name: String) -> Node? {
      metrics?.at(name, "successful") ?? metrics?.at(name, "total") ?? metrics?[name]
    }
    let totals = metrics?["request_totals"] ?? node["request_totals"] ?? node.at("run_stats", "requests_made")
    let ok = totals?.count("successful") ?? good("request_latency")?.count("count") ?? 0
    var result = LoadResult()
    result.ok = ok
    result.completed = ok
    // It does not say how a request failed; those that it broke off at the end of its time are not failed.
    result.errors.incomplete = totals?.count("errored") ?? 0
    result.unfinished = totals?.count("incomplete") ?? 0
    result.offered = ok + result.errors.incomplete + result.unfinished
    guard let latency = spectrum(good("request_latency"), ok, scale: 1) else { return nil }
    result.latency = latency
    result.service = latency
    var streams = StreamMetrics()
    if let first = spectrum(good("time_to_first_token_ms"), ok, scale: 1e-3) { streams.timeToFirstToken = first }
    if let gap = spectrum(good("inter_token_latency_ms"), ok, scale: 1e-3) { streams.interTokenLatency = gap }
    // Its own time per output token counts the first one in (last - start) / n: inter-token latency is what others call TPOT.
    streams.timePerOutputToken = streams.interTokenLatency
    streams.isCountedByService = true
    streams.tokensPerSecond = good("output_tokens_per_second")?.number("mean") ?? 0
    streams.tokens =
      ForeignResult.count(((good("output_token_count")?.number("mean") ?? 0) * Double(ok)).rounded()) ?? 0
    if streams.timeToFirstToken.count > 0 { result.streams = streams }
    let strategy = node.at("config", "strategy") ?? node.at("args", "strategy")
    let type = strategy?["type_"]?.string ?? strategy?["strategy"]?.string ?? ""
    let rate = strategy?.number("rate")
    result.isOpenLoop = type == "constant" || type == "poisson"
    result.connections = strategy?.count("streams") ?? strategy?.count("max_concurrency") ?? 0
    let start = node.number("start_time") ?? node.number("run_stats", "start_time")
    let length = node.number("duration") ?? start.flatMap { start in node.number("end_time").map { $0 - start } }
    result.window = .seconds(length.flatMap(ForeignResult.seconds) ?? 0)
    if let measured = good("requests_per_second")?.number("mean") { result.achievedRate = .perSecond(measured) }
    let label = [type, rate.map { NumberFormat.significant($0, 4) + "/s" } ?? ""].filter { !$0.isEmpty }.joined(
      separator: " ")
    return ForeignResult(
      started: start.flatMap { $0 < 9e9 ? Timestamp(secondsSinceEpoch: $0) : nil }, label: label.isEmpty ? nil : label,
      result)
  }

  private static func spectrum(_ node: Node?, _ count: Int, scale: Double) -> LatencySpectrum? {
    guard let node else { return nil }
    func seconds(_ key: String) -> Double? { node.seconds(key, scale: scale) }
    var quantiles: [(share: Double, seconds: Double)] = []
    for entry in node["percentiles"]?.entries ?? [] {
      // p001 is 0.1 %, p05 5 %, p999 99.9 %.
      let digits = entry.key.dropFirst()
      guard entry.key.hasPrefix("p"), let number = Double(digits), let value = entry.value.number else { continue }
      quantiles.append((digits.count > 2 ? number / 1000 : number / 100, value * scale))
    }
    if let median = seconds("median") { quantiles.append((0.5, median)) }
    return LatencySpectrum(
      quantiles: quantiles, count: node.count("count") ?? count, mean: seconds("mean"), minimum: seconds("min"),
      maximum: seconds("max"))
  }
}

/// vLLM's own benchmark: `vllm bench serve --save-result`, with `--save-detailed` every request.
enum VLLMResults {
  static let tool = ForeignResult.Tool(
    name: "vllm", summary: "the JSON of vllm bench serve --save-result; whole with --save-detailed",
    command: "vllm bench serve ... --save-result --save-detailed",
    recognizes: { file in
      guard let node = file.document ?? (try? JSON.parse(file.firstLine)) else { return false }
      return node["total_output_tokens"] != nil && (node["mean_ttft_ms"] != nil || node["ttfts"] != nil)
    },
    read: { file in (file.document.map { [$0] } ?? file.objects).compactMap(result) })

  private static func result(_ node: Node) -> ForeignResult? {
    guard let completed = node.count("completed"), completed > 0 else { return nil }
    var result = LoadResult()
    result.completed = completed
    result.ok = completed
    result.errors.incomplete =
      node.count("failed") ?? max(0, (node.count("num_prompts") ?? completed) - completed)
    result.offered = completed + result.errors.incomplete
    result.window = .seconds(node.seconds("duration") ?? 0)
    if let rate = node.number("request_throughput") { result.achievedRate = .perSecond(rate) }
    // "inf" sends all at once, and so many at a time.
    let asked = node.number("request_rate") ?? node["request_rate"]?.string.flatMap { Double($0) }
    result.isOpenLoop = asked.map(\.isFinite) ?? false
    result.connections = node.count("max_concurrency") ?? 0
    var streams = StreamMetrics()
    let firsts = times(node["ttfts"])
    let gaps = (node["itls"]?.elements ?? []).map(times)
    streams.timeToFirstToken =
      firsts.isEmpty ? spectrum(node, "ttft", completed) ?? streams.timeToFirstToken : LatencySpectrum(seconds: firsts)
    streams.interTokenLatency =
      gaps.isEmpty
      ? spectrum(node, "itl", completed) ?? streams.interTokenLatency : LatencySpectrum(seconds: gaps.flatMap { $0 })
    let counts = node["output_lens"]?.numbers ?? []
    if !firsts.isEmpty, gaps.count == firsts.count, counts.count == firsts.count {
      // (e2e - TTFT) / (n - 1); what is left out of a gap list is one token's.
      streams.timePerOutputToken = LatencySpectrum(
        seconds: zip(gaps, counts).compactMap { gaps, n in n > 1 && n <= 1e12 ? gaps.reduce(0, +) / (n - 1) : nil })
      result.latency = LatencySpectrum(seconds: zip(firsts, gaps).map { $0 + $1.reduce(0, +) })
    } else {
      streams.timePerOutputToken = spectrum(node, "tpot", completed) ?? streams.timePerOutputToken
      // Without --percentile-metrics e2el it does not say how long requests took: by its own means.
      result.latency =
        spectrum(node, "e2el", completed)
        ?? (firsts.isEmpty || gaps.count != firsts.count
          ? streams.timeToFirstToken : LatencySpectrum(seconds: zip(firsts, gaps).map { $0 + $1.reduce(0, +) }))
    }
    result.service = result.latency
    streams.tokens = node.count("total_output_tokens") ?? 0
    streams.tokensPerSecond = node.number("output_throughput") ?? 0
    streams.isCountedByService = true
    result.streams = streams
    // 20261124-031201
    let date = (node["date"]?.string ?? "").filter { $0.isNumber }
    var started: Timestamp?
    if date.count == 14 {
      let d = date.map(String.init)
      func part(_ range: Range<Int>) -> String { d[range].joined() }
      started = Timestamp(
        iso8601: "\(part(0..<4))-\(part(4..<6))-\(part(6..<8))T\(part(8..<10)):\(part(10..<12)):\(part(12..<14))Z")
    }
    return ForeignResult(
      url: node["base_url"]?.string ?? "", started: started,
      label: asked.map { $0.isFinite ? NumberFormat.significant($0, 4) + "/s" : "all at once" }, result)
  }

  /// Seconds of a list; none where one of them can be no time.
  private static func times(_ list: Node?) -> [Double] {
    let numbers = list?.numbers ?? []
    return numbers.allSatisfy { ForeignResult.seconds($0) != nil } ? numbers : []
  }

  private static func spectrum(_ node: Node, _ name: String, _ count: Int) -> LatencySpectrum? {
    func seconds(_ key: String) -> Double? { node.seconds("\(key)_\(name)_ms", scale: 1e-3) }
    var quantiles: [(share: Double, seconds: Double)] = []
    if let median = seconds("median") { quantiles.append((0.5, median)) }
    for entry in node.entries ?? [] where entry.key.hasPrefix("p") && entry.key.hasSuffix("_\(name)_ms") {
      let text = entry.key.dropFirst().prefix { $0 != "_" }
      if let percent = Double(text), let value = entry.value.number { quantiles.append((percent / 100, value / 1e3)) }
    }
    return LatencySpectrum(quantiles: quantiles, count: count, mean: seconds("mean"), minimum: nil, maximum: nil)
  }
}
