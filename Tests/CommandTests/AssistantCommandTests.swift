import Documents
import HeadroomTesting
import Testing

/// `headroom mcp`, as an assistant speaks with it.
@Suite struct AssistantCommandTests {
  static let plan = "Examples/recommendations/plan.yaml"

  /// The answers to some messages, by the line.
  func converse(_ messages: [String]) throws -> [Node] {
    let result = try Command.run(["mcp"], in: TestData.checkout, stdin: messages.joined(separator: "\n") + "\n")
    #expect(result.exit == 0, "\(result.stderr)")
    return try result.stdout.split(separator: "\n").map { try JSON.parse(Array($0.utf8), file: "stdout") }
  }
  func call(_ tool: String, _ arguments: String, id: Int = 1) -> String {
    #"{"jsonrpc": "2.0", "id": \#(id), "method": "tools/call", "params": {"name": "\#(tool)", "arguments": \#(arguments)}}"#
  }
  func text(_ answer: Node) -> String {
    (answer["result"]?["content"]?.elements ?? []).compactMap { $0["text"]?.string }.joined(separator: "\n")
  }

  @Test("it agrees on a revision of the protocol, answers a ping, and nothing to a notification")
  func begins() throws {
    let answers = try converse([
      #"{"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": {"protocolVersion": "2025-06-18"}}"#,
      #"{"jsonrpc": "2.0", "method": "notifications/initialized"}"#,
      #"{"jsonrpc": "2.0", "id": "p", "method": "ping"}"#,
      #"{"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {"protocolVersion": "1999-01-01"}}"#,
    ])
    #expect(answers.count == 3)
    #expect(answers[0]["result"]?["protocolVersion"]?.string == "2025-06-18")
    #expect(answers[0]["result"]?["serverInfo"]?["name"]?.string == "headroom")
    #expect(answers[1]["id"]?.string == "p" && answers[1]["result"]?.count == 0)
    #expect(answers[2]["result"]?["protocolVersion"]?.string == "2025-11-25")
  }

  @Test("a tool answers what the command answers, to the byte")
  func answersAlike() throws {
    let answers = try converse([
      call("plan", #"{"file": "\#(Self.plan)", "now": "2026-09-01", "format": "json"}"#),
      call("explain", #"{"file": "\#(Self.plan)", "number": "replicas", "now": "2026-09-01"}"#),
    ])
    let plan = try Command.run(["plan", Self.plan, "--now", "2026-09-01", "--json"], in: TestData.checkout)
    #expect(answers[0]["result"]?["isError"]?.bool == false)
    #expect(answers[0]["result"]?["content"]?.elements?.first?["text"]?.string == plan.stdout)
    #expect(text(answers[1]).contains("= ceil(provisioned / capacity)"))
  }

  @Test("what is wrong with a call is told with its remedy, and the conversation goes on")
  func tellsFaults() throws {
    let answers = try converse([
      "no JSON at all", #"[{"jsonrpc": "2.0"}]"#, #"{"jsonrpc": "2.0", "id": 1, "method": "tools/sing"}"#,
      call("forcast", "{}"), call("forecast", #"{"fill": "x.csv"}"#), call("forecast", #"{"file": "/no/such.csv"}"#),
      call("plan", "[1]"), call("plan", #"{"file": {"a": 1}}"#),
      #"{"jsonrpc": "2.0", "id": 9, "method": "ping"}"#,
    ])
    #expect(
      answers.map { $0["error"]?["code"]?.integer } == [-32700, -32600, -32601, -32602, nil, nil, -32602, nil, nil])
    #expect(answers[3]["error"]?["message"]?.string?.contains("'forecast'") == true)
    #expect(text(answers[4]).contains("is 'file' meant?"))
    #expect(text(answers[5]).contains("there is no"))
    #expect([4, 5, 7].allSatisfy { answers[$0]["result"]?["isError"]?.bool == true })
    #expect(answers[8]["id"]?.integer == 9)
  }

  @Test("no tool writes, reads the conversation, or widens what a plan may reach")
  func isReadOnly() throws {
    let answers = try converse([
      #"{"jsonrpc": "2.0", "id": 1, "method": "tools/list"}"#,
      call("plan", #"{"file": "\#(Self.plan)", "output": "/tmp/x"}"#), call("analyze", #"{"file": "-"}"#),
      call("analyze", #"{"file": "/dev/stdin"}"#), call("analyze", "{}"), call("place", #"{"file": "-o/tmp/x"}"#),
      #"{"jsonrpc": "2.0", "id": 9, "method": "ping"}"#,
    ])
    let tools = answers[0]["result"]?["tools"]?.elements ?? []
    // Every option that is listed is one that the verb has, so that a renamed one is noticed.
    let names = tools.compactMap { $0["name"]?.string }
    #expect(names.count == 12)
    for (path, options) in Self.offered {
      let tool = try #require(tools.first { $0["name"]?.string == path })
      let keys = Set((tool["inputSchema"]?["properties"]?.entries ?? []).map(\.key))
      #expect(options.allSatisfy(keys.contains), "\(path): \(options.filter { !keys.contains($0) })")
      #expect(keys.isDisjoint(with: Self.withheld), "\(path): \(keys.intersection(Self.withheld))")
    }
    for i in 1...5 { #expect(answers[i]["result"]?["isError"]?.bool == true, "\(i): \(text(answers[i]))") }
    #expect(answers[6]["id"]?.integer == 9, "the conversation was read by nobody else")
  }

  static let offered: [(String, [String])] = [
    ("plan", ["file", "service", "now", "seed", "offline"]), ("explain", ["file", "number", "now"]),
    ("check", ["file", "offline"]), ("forecast", ["file", "horizon", "capacity", "events", "like"]),
    ("simulate", ["file", "world", "futures"]), ("size", ["llm", "gpu", "rate", "objective"]),
    ("train", ["model", "tokens", "on", "within"]), ("place", ["file", "strategy"]), ("failover", ["file", "lose"]),
    ("recovery", ["file"]), ("commit", ["file"]), ("analyze", ["file", "step"]),
  ]
  static let withheld: Set<String> = [
    "output", "store", "batch", "allow-host", "allow-files", "allow-variable", "slurm-out", "paths", "calibrate",
    "config",
  ]
}
