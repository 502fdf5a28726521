import Documents
import Quantities
import Serving

/// A load test as it is kept: what was asked, and what came of it. Written and read as `headroom/load/1`.
public struct LoadRecord: Sendable {
  public var url: String
  public var seed: UInt64
  /// When the first request was due; nil where the result does not say.
  public var started: Timestamp?
  /// Which schedule it was (``ArrivalSchedule/fingerprint``), and which part of it; nil for a closed loop.
  public var schedule: String?
  public var shard: Shard
  /// What was special about the test, as words that do not change: ``Trait``.
  public var traits: [Trait]
  public var expectations: [LoadExpectation]
  public var result: LoadResult

  /// What a test had that a checklist asks for.
  public enum Trait: String, Sendable, CaseIterable {
    /// The rate climbed.
    case ramp
    /// Requests came of data, of a mix or of a recording.
    case data
    /// The plan's own traffic, or a trace's, gave the rate.
    case traffic
  }

  public init(
    url: String, seed: UInt64 = 1, started: Timestamp? = nil, schedule: ArrivalSchedule? = nil, traits: [Trait] = [],
    expectations: [LoadExpectation] = [], result: LoadResult
  ) {
    // Whatever a caller forgot: what is kept tells no secret.
    self.url = Secret.masked(url: url)
    self.seed = seed
    self.started = started
    self.schedule = schedule?.fingerprint
    shard = schedule?.shard ?? .whole
    self.traits = traits
    self.expectations = expectations
    self.result = result
  }

  public var isMet: Bool { expectations.allSatisfy { $0.isMet(by: result) } }

  /// - Parameter extra: writes further keys behind the first.
  public func write(to json: inout JSONWriter, extra: (inout JSONWriter) -> Void = { _ in }) {
    result.write(to: &json, expectations: expectations) { json in
      json.key(LoadKey.url)
      json.string(url)
      json.key(LoadKey.seed)
      json.integer(Int(truncatingIfNeeded: seed))
      json.key(LoadKey.started)
      if let started { json.string(Self.written(started)) } else { json.null() }
      json.key(LoadKey.schedule)
      if let schedule { json.string(schedule) } else { json.null() }
      json.key(LoadKey.shard)
      json.string(shard.description)
      json.key(LoadKey.covers)
      json.array { json in for trait in traits { json.string(trait.rawValue) } }
      extra(&json)
    }
  }

  /// With milliseconds: whether shards started together is a matter of less than a second.
  static func written(_ time: Timestamp) -> String {
    let rest = ((time.nanosecondsSinceEpoch % 1_000_000_000) + 1_000_000_000) % 1_000_000_000 / 1_000_000
    let digits = String(rest)
    return time.iso8601.dropLast() + "." + String(repeating: "0", count: 3 - digits.count) + digits + "Z"
  }

  /// As a document of its own.
  public func json(extra: (inout JSONWriter) -> Void = { _ in }) -> String {
    var json = JSONWriter(pretty: true)
    write(to: &json, extra: extra)
    return json.text
  }

  /// Reads a result.
  /// - Throws: `Diagnostics` where the file is none, or was written without its histogram.
  public static func read(_ bytes: [UInt8], file: String) throws(Diagnostics) -> LoadRecord {
    try LoadRecord(try JSON.parse(bytes, file: file), file: file)
  }

  public init(_ node: Node, file: String) throws(Diagnostics) {
    func bad(_ problem: String, _ help: String) -> Diagnostics {
      Diagnostics([.error("\(file): \(problem)", at: node.location, help: help)])
    }
    let schema = node[LoadKey.schema]?.string
    guard schema == LoadDocument.run.schema else {
      throw bad(
        schema.map { "is '\($0)', not the result of a run" } ?? "is no result of a load test",
        "write one: headroom load URL --rate 100/s --json > run.json")
    }
    guard let result = LoadResult(node) else {
      throw bad("the result has no histogram (cells)", "it is of an older version: run the test again")
    }
    url = Secret.masked(url: node[LoadKey.url]?.string ?? "")
    seed = UInt64(bitPattern: Int64(node[LoadKey.seed]?.integer ?? 1))
    started = node[LoadKey.started]?.string.flatMap { Timestamp(iso8601: $0) }
    schedule = node[LoadKey.schedule]?.string
    shard = node[LoadKey.shard]?.string.flatMap { Shard($0) } ?? .whole
    traits = (node[LoadKey.covers]?.elements ?? []).compactMap { $0.string.flatMap { Trait(rawValue: $0) } }
    if node[LoadKey.log] != nil, !traits.contains(.data) { traits.append(.data) }
    expectations = (node[LoadKey.expectations]?.elements ?? []).compactMap {
      $0[LoadKey.expect]?.string.flatMap { try? LoadExpectation($0) }
    }
    self.result = result
  }
}

extension LoadResult {
  /// Reads what ``write(to:expectations:extra:)`` wrote, but for single outcomes and slices, which are not written; nil
  /// where the latencies have no histogram.
  init?(_ node: Node) {
    guard let latency = LatencySpectrum(node[LoadKey.latency]) else { return nil }
    self.init()
    func count(_ key: String) -> Int { max(0, node[key]?.integer ?? 0) }
    func number(_ key: String) -> Double { node[key]?.number.flatMap { $0.isFinite ? $0 : nil } ?? 0 }
    self.latency = latency
    service = LatencySpectrum(node["service_ms"]) ?? service
    lag = LatencySpectrum(node["lag_ms"]) ?? lag
    isOpenLoop = node[LoadKey.loop]?.string != "closed"
    connections = count("connections")
    language = node["language"]?.string.flatMap { LoadTarget.Language(rawValue: $0) } ?? .http1
    if language != .http1 { streamsPerConnection = max(1, count("streams")) }
    for entry in node["grpc_status"]?.entries ?? [] { grpcStatuses[Int(entry.key) ?? 2] = entry.value.integer ?? 0 }
    messages = count("messages")
    window = .seconds(min(1e9, max(0, number(LoadKey.window))))
    offered = count(LoadKey.offered)
    sent = count("sent")
    completed = count("completed")
    ok = count(LoadKey.ok)
    dropped = count("dropped")
    unfinished = count("unfinished")
    excluded = count("excluded")
    retried = count("retried")
    connectionsOpened = count("connections_opened")
    bytesReceived = count("bytes_received")
    late = count("late")
    maxWait = .seconds(min(1e9, max(0, number("max_wait_ms") / 1e3)))
    generatorBusy = Fraction(rawValue: number("generator_busy"))
    achievedRate = .perSecond(number(LoadKey.achievedRate))
    for (name, key) in LoadErrors.keys { errors[keyPath: key] = max(0, node["errors"]?[name]?.integer ?? 0) }
    for entry in node["statuses"]?.entries ?? [] { statuses[Int(entry.key) ?? 0] = entry.value.integer ?? 0 }
    for entry in node["latency_by_status_ms"]?.entries ?? [] {
      latencyByStatus[Int(entry.key) ?? 0] = LatencySpectrum(entry.value)
    }
    longHeads = count("heads_too_long")
    if let good = node["goodput"] {
      goodBySlice = [good["good"]?.integer ?? 0]
      offeredBySlice = [offered]
      bounds = (good["bounds"]?.elements ?? []).compactMap { item in
        let word = item["metric"]?.string ?? ""
        guard let metric = word == "e2e" ? .response : ServiceMetric(word: word), metric.kind == .time,
          let p = item["quantile"]?.number, p > 0, p < 1, let limit = item["limit_ms"]?.number, limit > 0, limit < 1e12
        else { return nil }
        return BoundCount(
          bound: LatencyBound(metric, quantile: p, limit: .seconds(limit / 1e3)), good: [item["good"]?.integer ?? 0],
          goodWithoutLag: [])
      }
    }
    classes = (node["classes"]?.elements ?? []).compactMap { item in
      LatencySpectrum(item[LoadKey.latency]).map {
        LoadClass(
          name: item["name"]?.string ?? "", ok: item[LoadKey.ok]?.integer ?? 0,
          ended: item["ended"]?.integer ?? $0.count, latency: $0)
      }
    }
    if let first = LatencySpectrum(node["ttft_ms"]) {
      var metrics = StreamMetrics()
      metrics.timeToFirstToken = first
      metrics.interTokenLatency = LatencySpectrum(node["itl_ms"]) ?? metrics.interTokenLatency
      metrics.timePerOutputToken = LatencySpectrum(node["tpot_ms"]) ?? metrics.timePerOutputToken
      metrics.pieceGaps = LatencySpectrum(node["chunk_gap_ms"]) ?? metrics.interTokenLatency
      metrics.tokens = count("tokens")
      metrics.streams = node["streams_ok"] == nil ? first.count : count("streams_ok")
      metrics.bundledStreams = count("streams_bundled")
      metrics.pieces = count("chunks")
      metrics.reasoningPieces = count("reasoning_chunks")
      metrics.inputTokens = node["input_tokens"]?.integer
      metrics.cachedTokens = count("cached_input_tokens")
      for entry in node["stream_formats"]?.entries ?? [] {
        if let format = StreamFormat(word: entry.key) { metrics.formats[format] = entry.value.integer ?? 0 }
      }
      metrics.isCountedByService = node["tokens_counted_by"]?.string == "usage"
      metrics.tokensPerSecond = number("tokens_per_second")
      streams = metrics
    }
    invalidities = (node["invalid"]?.elements ?? []).map { item in
      Invalidity(
        kind: item["kind"]?.string.flatMap { Invalidity.Kind(rawValue: $0) } ?? .nothingMeasured,
        problem: item["problem"]?.string ?? "", remedy: item["remedy"]?.string ?? "")
    }
    timeline = (node[LoadKey.timeline]?.elements ?? []).map { LoadSecond($0) }
  }
}

extension LoadSecond {
  init(_ node: Node) {
    func count(_ key: String) -> Int { max(0, node[key]?.integer ?? 0) }
    func seconds(_ key: String) -> Double? { node[key]?.number.flatMap { abs($0) < 1e12 ? $0 / 1e3 : nil } }
    self.init(second: count("second"))
    offered = count(LoadKey.offered)
    sent = count("sent")
    completed = count("completed")
    errors = count("errors")
    inFlight = count("in_flight")
    p50 = seconds("p50_ms")
    p99 = seconds("p99_ms")
    maximum = seconds("max_ms")
    latencies = LatencyCells(pairs: node["cells"]?.numbers ?? [])
  }
}

extension LoadErrors {
  /// The errors by the names that results are written with.
  static var keys: [(String, WritableKeyPath<LoadErrors, Int>)] {
    [
      ("4xx", \.clientErrors), ("5xx", \.serverErrors), ("timeout", \.timeout), ("connect", \.connect),
      ("reset", \.reset), ("malformed", \.malformed), ("incomplete", \.incomplete), ("grpc", \.grpc),
      ("check", \.checks), ("error-in-200", \.told),
      ("stream-without-tokens", \.emptyStream), ("stream-without-end", \.unfinishedStream), ("no-stream", \.noStream),
    ]
  }
}
