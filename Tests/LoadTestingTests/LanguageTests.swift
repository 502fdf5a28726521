import Foundation
import Documents
import Glibc
import HeadroomTesting
import Quantities
import Serving
import Testing

@testable import LoadTesting

@Suite struct LengthDistributionTests {
  @Test("reads numbers, ranges and distributions, and draws them with their means")
  func draws() throws {
    for (text, mean) in [
      ("512", 512.0), ("100-300", 200), ("uniform:100,300", 200), ("normal:500,50", 500), ("exp:200", 200),
      // A lognormal's mean is its median times exp(shape^2 / 2).
      ("lognormal:100,0.5", 100 * exp(0.125)),
    ] {
      let it = try #require(LengthDistribution(text), "\(text)")
      var random = RandomStream(seed: 1)
      let values = (0..<20_000).map { _ in it.draw(&random) }
      #expect(abs((Statistics.mean(values) ?? 0) / mean - 1) < 0.02, "\(text)")
    }
  }

  @Test(
    "refuses what is no length",
    arguments: ["", "x", "-5", "300-100", "normal:5", "exp:1,2", "lognormal:5,99", "nan", "foo:1"])
  func refuses(_ text: String) { #expect(LengthDistribution(text) == nil) }
}

@Suite struct LanguageDatasetTests {
  func sessions(_ text: String, _ change: (inout LanguageDataset.Options) -> Void = { _ in }) throws
    -> [LanguageSession]
  {
    var options = LanguageDataset.Options()
    change(&options)
    let path = NSTemporaryDirectory() + "headroom-dataset-\(getpid())-\(UInt64.random(in: 0..<UInt64.max))"
    let file = try #require(fopen(path, "w"))
    fputs(text, file)
    fclose(file)
    defer { unlink(path) }
    return try LanguageDataset.sessions(path: path, options)
  }

  @Test("ShareGPT: questions with the lengths of their answers, as many turns as asked")
  func shareGPT() throws {
    let text = """
      [{"id": "a", "conversations": [{"from": "human", "value": "Hi"}, {"from": "gpt", "value": "12345678"},
        {"from": "human", "value": "More"}, {"from": "gpt", "value": "abcd"}]},
       {"id": "b", "conversations": [{"from": "gpt", "value": "nobody asked"}]}]
      """
    let one = try sessions(text)
    #expect(one == [LanguageSession([.init(.words("Hi"), outputTokens: 2)])])
    let all = try sessions(text) { $0.mostTurns = 5 }
    #expect(all[0].turns.map(\.outputTokens) == [2, 1])
    #expect(all[0].turns[1].text == .words("More"))
  }

  @Test("OpenAI's lines: messages as they stand, prompts, and batches")
  func openAI() throws {
    let text = """
      {"messages": [{"role": "user", "content": "a"}], "max_tokens": 7}
      {"custom_id": "1", "body": {"messages": [{"role": "user", "content": "b"}]}}
      {"prompt": "c"}
      """
    let found = try sessions(text) { $0.output = LengthDistribution(9) }
    #expect(found.map { $0.turns[0].outputTokens } == [7, 9, 9])
    #expect(found[0].turns[0].text == .messages(#"[{"role":"user","content":"a"}]"#))
    #expect(found[2].turns[0].text == .words("c"))
    let flat = try sessions(text) { $0.takesMessages = false }
    #expect(flat[0].turns[0].text == .words("a"))
  }

  @Test("Mooncake: times in order, and the same blocks make the same text")
  func mooncake() throws {
    let found = try sessions(
      """
      {"timestamp": 3000, "input_length": 1100, "output_length": 5, "hash_ids": [1, 2, 9]}
      {"timestamp": 1000, "input_length": 1200, "output_length": 6, "hash_ids": [1, 2, 3]}
      """)
    #expect(found.map(\.time) == [0, 2])
    #expect(found[0].turns[0].outputTokens == 6)
    func words(_ session: LanguageSession) -> [Substring] {
      var bytes: [UInt8] = [0x22]
      session.turns[0].text.append(to: &bytes)
      return String(decoding: bytes.dropFirst(), as: UTF8.self).split(separator: " ")
    }
    let (a, b) = (words(found[0]), words(found[1]))
    #expect(a.count == 1200 && b.count == 1100)
    #expect(a.prefix(1024) == b.prefix(1024) && a[1024...] != b[1024...])
  }

  @Test("tables: lengths by the names that traces have, or by those that are named")
  func tables() throws {
    let azure = try sessions(
      "TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 18:15:46.5,374,44\n2023-11-16 18:15:50,396,109\n")
    #expect(azure.map { $0.turns[0].outputTokens } == [44, 109])
    #expect(azure.map(\.time) == [0, 3.5])
    guard case .made(let tokens, _) = azure[1].turns[0].text else { return #expect(Bool(false)) }
    #expect(tokens == 396)
    let named = try sessions("a,b\n5,6\n") {
      $0.inputColumn = "a"
      $0.outputColumn = "b"
    }
    #expect(named[0].turns[0].outputTokens == 6)
    #expect(throws: (any Error).self) { try sessions("a,b\n5,6\n") }
    #expect(throws: (any Error).self) { try sessions("a,b\n5,6\n") { $0.inputColumn = "c" } }
    #expect(throws: (any Error).self) { try sessions("") }
    #expect(throws: (any Error).self) { try sessions("{\"x\": 1}\n") }
  }

  @Test("real traces are read whole", .enabled(if: TestData.isPresent, "no HEADROOM_DATA"))
  func real() throws {
    for (name, least) in [("azure_llm_2023_conv.csv.gz", 19_000), ("mooncake_conversation.jsonl.gz", 12_000)] {
      let found = try LanguageDataset.sessions(path: TestData.path("inference/" + name), LanguageDataset.Options())
      #expect(found.count > least && found.allSatisfy { $0.time != nil })
    }
  }
}

@Suite(.serialized) struct LanguageLoadTests {
  func run(
    _ server: TokenServer, _ workload: LanguageWorkload, path: String = "/v1/chat/completions",
    _ pattern: LoadSettings.Pattern
  ) throws -> LoadResult {
    let base = server.url.replacing("/v1/chat/completions", with: path)
    let target = try LoadTarget(url: base)
    var settings = LoadSettings(pattern, connections: 10, timeout: .seconds(5))
    try workload.prepare(&settings, for: target)
    return try LoadTest(target, settings).run()
  }
  func open(_ rate: Double, _ seconds: Double) -> LoadSettings.Pattern {
    .open(ArrivalSchedule(.constant(.perSecond(rate), for: .seconds(seconds))))
  }
  static let fast = TokenServer.Script {
    $0.tokens = 4
    $0.first = 0.005
    $0.gap = 0.001
  }

  @Test("every API is asked in its own words", arguments: LanguageAPI.allCases)
  func words(_ api: LanguageAPI) throws {
    let format = TokenServer.Format(rawValue: api == .ollamaChat ? "ollama-chat" : api.format.word) ?? .plain
    let server = try TokenServer(
      TokenServer.Script {
        $0 = Self.fast
        $0.format = format
      })
    defer { server.stop() }
    var settings = LanguageSettings(model: "a \"model\"")
    settings.ignoresEnd = true
    settings.temperature = 0.5
    settings.extra = #""top_p":0.9"#
    var lengths = LanguageWorkload.Lengths()
    lengths.input = LengthDistribution(20)
    lengths.output = LengthDistribution(4)
    let result = try run(
      server, LanguageWorkload(.drawn(lengths), api: api, settings: settings), path: api.path, open(50, 0.1))
    #expect(result.ok == 5)
    let bodies = server.done.map(\.body)
    #expect(Set(bodies).count == 5)
    for body in bodies {
      let node = try JSON.parse(body, file: nil)
      #expect(node["top_p"]?.number == 0.9)
      if api.namesModel { #expect(node["model"]?.string == "a \"model\"") }
      let prompt: String? =
        switch api {
        case .chat, .anthropic, .ollamaChat: node["messages"]?.elements?.last?["content"]?.string
        case .responses: node["input"]?.elements?.last?["content"]?.string
        case .completions, .ollama: node["prompt"]?.string
        case .kserve: node["text_input"]?.string
        case .tgi: node["inputs"]?.string
        }
      #expect(prompt?.split(separator: " ").count == 20)
    }
    #expect(result.outcomes.allSatisfy { $0.outputTokens == 4 && $0.firstToken > 0 })
  }

  @Test("a session goes on with what was said, after its pause, and its turns are told apart")
  func sessions() throws {
    let server = try TokenServer(Self.fast)
    defer { server.stop() }
    let session = LanguageSession([
      .init(.words("one"), outputTokens: 4), .init(.words("two"), outputTokens: 4, pause: 0.1),
      .init(.words("three"), outputTokens: 4, pause: 0.1),
    ])
    let workload = LanguageWorkload(.listed([session]), api: .chat, settings: LanguageSettings(model: "m"))
    let result = try run(
      server, workload, .open(ArrivalSchedule(.steps([.perSecond(10), .perSecond(0)], each: .seconds(0.5)))))
    // Ten sessions a second for half a second.
    #expect(result.ok == 15)
    #expect(result.classes.map(\.ok) == [5, 10])
    let books = server.done
    let last = try #require(books.first { $0.body.contains("three") })
    let messages = try #require(JSON.parse(last.body, file: nil)["messages"]?.elements)
    #expect(messages.map { $0["role"]?.string } == ["user", "assistant", "user", "assistant", "user"])
    // The model's own answer, as it came.
    #expect(messages[1]["content"]?.string == "w0 w1 w2 w3 ")
    let first = try #require(books.first { !$0.body.contains("two") })
    let second = try #require(books.first { $0.body.contains("two") && !$0.body.contains("three") })
    let pause = Double(second.arrived - (first.chunkTimes.last ?? 0)) / 1e9
    #expect(pause > 0.095 && pause < 0.2, "\(pause)")
  }

  @Test("so many sessions at a time are so many requests at a time")
  func concurrency() throws {
    let server = try TokenServer(Self.fast)
    defer { server.stop() }
    var lengths = LanguageWorkload.Lengths()
    lengths.input = LengthDistribution(5)
    lengths.turns = LengthDistribution(2)
    lengths.sharedPrefix = 10
    let workload = LanguageWorkload(.drawn(lengths), api: .chat, settings: LanguageSettings(model: "m"))
    let result = try run(server, workload, .closed(duration: .seconds(0.4), think: .zero))
    #expect(result.ok > 40 && result.errors.total == 0)
    #expect(result.timeline.allSatisfy { $0.inFlight <= 10 })
    let firsts = try server.done.compactMap {
      try JSON.parse($0.body, file: nil)["messages"]?.elements?.first?["content"]?.string
    }
    // All begin with the same ten words.
    #expect(Set(firsts.map { $0.split(separator: " ").prefix(10) }).count == 1)
  }

  static let threeTurns = LanguageSession([
    .init(.words("one"), outputTokens: 4), .init(.words("two"), outputTokens: 4, pause: 0.05),
    .init(.words("three"), outputTokens: 4, pause: 0.05),
  ])

  @Test(
    "each session keeps a connection of its own where it is asked to, and else they share", arguments: [true, false])
  func ownConnections(isOwn: Bool) throws {
    let server = try TokenServer(Self.fast)
    defer { server.stop() }
    var workload = LanguageWorkload(.listed([Self.threeTurns]), api: .chat, settings: LanguageSettings(model: "m"))
    workload.keepsConnections = isOwn
    // Eight sessions, one behind the other by 20 ms: each lasts more than 100 ms.
    let result = try run(
      server, workload, .open(ArrivalSchedule(.steps([.perSecond(50), .perSecond(0)], each: .seconds(0.16)))))
    #expect(result.ok == 24 && result.errors.total == 0 && result.dropped == 0)
    let bySession = Dictionary(grouping: server.done, by: \.connection)
    if isOwn {
      #expect(bySession.count == 8 && result.connectionsOpened == 8)
      for books in bySession.values {
        #expect(books.map { $0.body.contains("three") } == [false, false, true])
        #expect(books.map { $0.body.contains("two") } == [false, true, true])
      }
    } else {
      // As few as there are requests at a time: far fewer than sessions.
      #expect(result.connectionsOpened < 8)
    }
  }

  @Test("more sessions than connections wait for one, while those that have one go on")
  func waitingSessions() throws {
    let server = try TokenServer(Self.fast)
    defer { server.stop() }
    var workload = LanguageWorkload(.listed([Self.threeTurns]), api: .chat, settings: LanguageSettings(model: "m"))
    workload.keepsConnections = true
    let target = try LoadTarget(url: server.url)
    var settings = LoadSettings(
      .open(ArrivalSchedule(.steps([.perSecond(100), .perSecond(0)], each: .seconds(0.6)))), connections: 2,
      timeout: .seconds(5))
    try workload.prepare(&settings, for: target)
    settings.requests = 18
    let result = try LoadTest(target, settings).run()
    #expect(result.ok >= 18)
    let bySession = Dictionary(grouping: server.done, by: \.connection)
    #expect(bySession.values.allSatisfy { $0.count <= 3 })
    #expect(bySession.count >= 6)
    // Two at a time, whatever comes.
    #expect(result.timeline.allSatisfy { $0.inFlight <= 2 })
    #expect(result.maxWait > .milliseconds(20))
  }

  func http2(
    _ server: HTTP2Server, _ workload: LanguageWorkload, _ pattern: LoadSettings.Pattern, connections: Int = 2,
    streams: Int = 10
  ) throws -> LoadResult {
    let target = try LoadTarget(url: server.url + "v1/chat/completions", speaksHTTP2: true)
    var settings = LoadSettings(pattern, connections: connections, timeout: .seconds(5))
    settings.streamsPerConnection = streams
    try workload.prepare(&settings, for: target)
    return try LoadTest(target, settings).run()
  }

  @Test("over HTTP/2 sessions go on with what was said, on shared connections, and the times are the server's own")
  func overHTTP2() throws {
    let server = try HTTP2Server { _ in .tokens(4, first: 0.03, gap: 0.005) }
    defer { server.stop() }
    let workload = LanguageWorkload(.listed([Self.threeTurns]), api: .chat, settings: LanguageSettings(model: "m"))
    let result = try http2(
      server, workload, .open(ArrivalSchedule(.steps([.perSecond(40), .perSecond(0)], each: .seconds(0.25)))))
    #expect(result.ok == 30 && result.errors.total == 0)
    #expect(result.classes.map(\.ok) == [10, 20])
    #expect(server.accepted == 2)
    let books = server.books
    #expect(books.count == 30 && books.allSatisfy { $0.path == "/v1/chat/completions" })
    for book in books where book.body.contains("three") {
      let messages = try #require(JSON.parse(book.body, file: nil)["messages"]?.elements)
      #expect(messages.map { $0["role"]?.string } == ["user", "assistant", "user", "assistant", "user"])
      #expect(messages[1]["content"]?.string == "0 1 2 3 ")
    }
    try TokenStreamTests.expectSameFirsts(result, books.map(\.sent))
    #expect(result.streams?.tokens == 120)
    #expect(result.outcomes.allSatisfy { $0.outputTokens == 4 })
  }

  @Test("over HTTP/2 with connections of their own, sessions have one request at a time on each")
  func ownHTTP2Connections() throws {
    let server = try HTTP2Server { _ in .tokens(4, first: 0.005, gap: 0.001) }
    defer { server.stop() }
    var workload = LanguageWorkload(.listed([Self.threeTurns]), api: .chat, settings: LanguageSettings(model: "m"))
    workload.keepsConnections = true
    let result = try http2(
      server, workload, .open(ArrivalSchedule(.steps([.perSecond(50), .perSecond(0)], each: .seconds(0.16)))),
      connections: 20)
    #expect(result.ok == 24 && result.errors.total == 0)
    #expect(server.accepted == 8 && result.connectionsOpened == 8)
    #expect(server.mostAtATime == 1)
    for books in Dictionary(grouping: server.books, by: \.connection).values {
      #expect(books.map { $0.body.contains("three") } == [false, false, true])
    }
  }

  @Test("a closed loop over HTTP/2 has as many requests under way as the service allows of those asked for")
  func closedHTTP2() throws {
    for (limit, most) in [(UInt32(100), 8), (3, 3)] {
      let server = try HTTP2Server(limit: limit) { _ in .tokens(4, first: 0.01, gap: 0.001) }
      let workload = LanguageWorkload(.drawn(.init()), api: .chat, settings: LanguageSettings(model: "m"))
      let result = try http2(
        server, workload, .closed(duration: .seconds(0.4), think: .zero), connections: 2, streams: 8)
      server.stop()
      #expect(server.mostAtATime == most)
      #expect(server.accepted == 2)
      #expect(result.ok > 20 && result.errors.total == 0 && result.ok == server.requests)
    }
  }

  @Test("a sweep draws the curve, its front and what keeps the bounds")
  func sweep() throws {
    let server = try TokenServer(Self.fast)
    defer { server.stop() }
    var test = SweepTest(
      try LoadTarget(url: server.url), levels: [.concurrency(1), .concurrency(4)], stepLength: .seconds(0.3),
      warmup: .zero, bounds: [LatencyBound(.firstToken, quantile: 0.5, limit: .seconds(1))], timeout: .seconds(5))
    try test.ask(LanguageWorkload(.drawn(.init()), api: .chat, settings: LanguageSettings(model: "m")))
    let result = try test.run()
    #expect(result.points.count == 2)
    #expect(result.points[1].throughput > 2 * result.points[0].throughput)
    #expect(result.best?.level == .concurrency(4) && result.missed == nil)
    #expect(result.front.contains(1))
    var json = JSONWriter()
    result.write(to: &json)
    let node = try JSON.parse(json.text, file: nil)
    #expect(node["points"]?.elements?.count == 2)
    #expect(RecordedLoadTest(node)?.rate == result.best?.result.achievedRate.perSecond)
  }

  /// Every key that llm-d's schema 0.2 knows below these, which forbids all others (`extra="forbid"`), and its words for
  /// units: llm-d-benchmark, benchmark-report/llmd_benchmark_report/schema_v0_2.py and base.py.
  static let reportKeys: [String: Set<String>] = [
    "": ["version", "run", "scenario", "results"],
    "run": ["uid", "eid", "cid", "pid", "time", "user", "description", "keywords"],
    "run.time": ["start", "end", "duration"], "scenario": ["stack", "load"],
    "scenario.load": ["metadata", "standardized", "native"],
    "scenario.load.metadata": ["schema_version", "cfg_id", "description"],
    "scenario.load.standardized": [
      "tool", "tool_version", "parallelism", "source", "stage", "input_seq_len", "output_seq_len", "prefix",
      "multi_turn",
      "rate_qps", "concurrency",
    ],
    "scenario.load.standardized.input_seq_len": ["distribution", "value", "std_dev", "min", "max"],
    "scenario.load.standardized.output_seq_len": ["distribution", "value", "std_dev", "min", "max"],
    "scenario.load.standardized.multi_turn": ["enabled", "max_turns"],
    "scenario.load.standardized.multi_turn.max_turns": ["distribution", "value", "std_dev", "min", "max"],
    "scenario.load.native": ["args", "envars", "config"], "results": ["request_performance"],
    "results.request_performance": ["aggregate", "time_series"],
    "results.request_performance.aggregate": ["requests", "latency", "throughput"],
    "results.request_performance.aggregate.requests": [
      "total", "failures", "incomplete", "input_length", "output_length",
    ],
    "results.request_performance.aggregate.latency": [
      "time_to_first_token", "normalized_time_per_output_token", "time_per_output_token", "inter_token_latency",
      "request_latency",
    ],
    "results.request_performance.aggregate.throughput": [
      "input_token_rate", "output_token_rate", "total_token_rate", "request_rate",
    ],
  ]
  static let reportUnits: [String: String] = [
    "input_length": "count", "output_length": "count", "time_to_first_token": "ms", "request_latency": "ms",
    "normalized_time_per_output_token": "ms/token", "time_per_output_token": "ms/token",
    "inter_token_latency": "ms/token", "input_token_rate": "tokens/s", "output_token_rate": "tokens/s",
    "total_token_rate": "tokens/s", "request_rate": "queries/s",
  ]
  /// Whether a report has no key and no unit that llm-d's own reader refuses.
  func check(_ node: Node, _ path: String = "") {
    if let allowed = Self.reportKeys[path] {
      for entry in node.entries ?? [] { #expect(allowed.contains(entry.key), "\(path).\(entry.key)") }
    }
    let name = path.split(separator: ".").last.map(String.init) ?? ""
    if let unit = Self.reportUnits[name] {
      #expect(node["units"]?.string == unit, "\(path)")
      let known: Set = [
        "units", "mean", "mode", "stddev", "min", "p0p1", "p1", "p5", "p10", "p25", "p50", "p75", "p90", "p95", "p99",
        "p99p9", "max",
      ]
      for entry in node.entries ?? [] { #expect(known.contains(entry.key), "\(path).\(entry.key)") }
    }
    for entry in node.entries ?? [] { check(entry.value, path.isEmpty ? entry.key : "\(path).\(entry.key)") }
  }

  @Test("a sweep is an llm-d Benchmark Report a level, in the keys and units that its schema knows")
  func benchmarkReports() throws {
    let server = try TokenServer(Self.fast)
    defer { server.stop() }
    var test = SweepTest(
      try LoadTarget(url: server.url), levels: [.rate(.perSecond(20)), .concurrency(4)], stepLength: .seconds(0.3),
      warmup: .zero, timeout: .seconds(5))
    test.keepsOutcomes = true
    var lengths = LanguageWorkload.Lengths()
    lengths.input = try #require(LengthDistribution("normal:50,5"))
    lengths.output = LengthDistribution("4-8")
    lengths.turns = LengthDistribution(2)
    var settings = LanguageSettings(model: "m")
    settings.ignoresEnd = true
    let workload = LanguageWorkload(.drawn(lengths), api: .chat, settings: settings)
    try test.ask(workload)
    let result = try test.run()
    var names: Set<String> = []
    for (stage, point) in result.points.enumerated() {
      let started = Timestamp(secondsSinceEpoch: 1_790_000_000)
      var report = BenchmarkReport(
        LoadRecord(url: server.url, started: started, result: point.result), of: workload, version: "1")
      report.stage = stage
      report.experiment = "e"
      if case .rate(let rate) = point.level { report.rate = rate.perSecond } else { report.concurrency = 4 }
      let node = try JSON.parse(report.json(), file: nil)
      check(node)
      names.insert(try #require(node["run"]?["uid"]?.string))
      #expect(node["run"]?["eid"]?.string == "e")
      let load = try #require(node["scenario"]?["load"]?["standardized"])
      #expect(load["stage"]?.integer == stage && load["source"]?.string == "random")
      #expect(
        load["output_seq_len"]?["distribution"]?.string == "uniform" && load["output_seq_len"]?["max"]?.integer == 8)
      #expect(load["multi_turn"]?["max_turns"]?["value"]?.number == 2)
      let aggregate = try #require(node["results"]?["request_performance"]?["aggregate"])
      #expect(aggregate["requests"]?["total"]?.integer == point.result.offered)
      let first = try #require(point.result.streams?.timeToFirstToken.mean)
      #expect(abs((aggregate["latency"]?["time_to_first_token"]?["mean"]?.number ?? 0) / (first * 1e3) - 1) < 1e-9)
      #expect(aggregate["throughput"]?["request_rate"]?["mean"]?.number == point.result.achievedRate.perSecond)
    }
    #expect(names.count == 2)
  }

  @Test("a dead service ends a search, a ramp and a sweep at once")
  func dead() throws {
    let port = try ClosedPort()
    let target = try LoadTarget(url: "http://127.0.0.1:\(port.port)/")
    for run in [
      { _ = try SaturationTest(target, keeping: [.p99(.seconds(1))]).run() },
      { _ = try RampTest(target, keeping: [.p99(.seconds(1))], from: .perSecond(1), to: .perSecond(9)).run() },
      { _ = try SweepTest(target, levels: [.concurrency(1)]).run() },
    ] as [() throws -> Void] {
      do {
        try run()
        #expect(Bool(false))
      } catch let error as LoadTestingError { #expect(error.code == .unreachable) }
    }
  }
}
