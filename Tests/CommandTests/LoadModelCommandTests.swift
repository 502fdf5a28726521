import Documents
import HeadroomTesting
import Testing

/// `headroom load` of language models, and what it calls INVALID, as a user runs it.
@Suite(.serialized) struct LoadModelCommandTests {
  static let fast = TokenServer.Script {
    $0.tokens = 5
    $0.first = 0.01
    $0.gap = 0.002
  }

  @Test("--llm asks, measures, and judges objectives together; the benchmark report stands beside")
  func model() throws {
    let server = try TokenServer(Self.fast)
    defer { server.stop() }
    let base = server.url.replacing("/v1/chat/completions", with: "")
    let folder = try Command.temporaryFolder()
    defer { Command.remove(folder: folder) }
    let result = try Command.run([
      "load", base, "--llm", "--model", "m", "--rate", "40/s", "-d", "500ms", "--input-tokens", "20", "--output-tokens",
      "5", "--goodput", "ttft < 2s", "--goodput", "tpot < 1s", "--expect", "goodput >= 90%", "--expect",
      "ttft p95 < 2s",
      "--benchmark-report", "\(folder)/report.json", "--json",
    ])
    // On a busy machine the generator itself may be late: then it says so, and ends with 1.
    #expect(result.exit == 0 || result.stderr.contains("INVALID: "), "\(result.stderr)")
    let json = try JSON.parse(result.stdout, file: "stdout")
    #expect(json["ok"]?.integer == 20 && json["tokens"]?.integer == 100 && json["input_tokens"]?.integer == 140)
    #expect(json["stream_formats"]?["openai-chat"]?.integer == 20)
    #expect(json["goodput"]?["good"]?.integer == 20)
    let body = try JSON.parse(server.done[0].body, file: "body")
    #expect(body["model"]?.string == "m" && body["max_tokens"]?.integer == 5 && body["stream"]?.bool == true)
    let report = try JSON.parse(Input.read(path: "\(folder)/report.json"), file: "report")
    #expect(report["version"]?.string == "0.2")
    let aggregate = report["results"]?["request_performance"]?["aggregate"]
    #expect(aggregate?["requests"]?["total"]?.integer == 20)
    #expect(aggregate?["requests"]?["output_length"]?["mean"]?.number == 5)
    #expect(aggregate?["latency"]?["time_to_first_token"]?["units"]?.string == "ms")
  }

  @Test("--sse of what is no stream is told, not answered well")
  func noStream() throws {
    let server = try TokenServer(TokenServer.Script { $0.ending = .noStream })
    defer { server.stop() }
    let result = try Command.run(["load", server.url, "--sse", "--rate", "20/s", "-d", "500ms"])
    #expect(result.stdout.contains("no stream came where one was asked for"))
    #expect(result.stdout.contains("answered well") && !result.stdout.contains("TTFT"))
  }

  @Test("statuses are named, and redirects are told as what they are")
  func statuses() throws {
    let server = try LoadedServer { n in
      .answer("HTTP/1.1 \([429, 503, 302][n % 3]) X\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n")
    }
    defer { server.stop() }
    let result = try Command.run(["load", server.url, "--rate", "60/s", "-d", "500ms"])
    for words in ["429 Too Many Requests", "503 Service Unavailable", "302 Found", "lead elsewhere"] {
      #expect(result.stdout.contains(words), "\(words)")
    }
  }

  @Test("a machine without open files is INVALID and named, exit 1 though the thresholds were met")
  func openFiles() throws {
    let server = try LoadedServer { _ in .answer("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok") }
    defer { server.stop() }
    let result = try Command.run(
      ["load", server.url, "--closed", "--connections", "60", "-d", "500ms", "--expect", "p99 < 10s"],
      through: ["prlimit", "--nofile=40:40"])
    #expect(result.exit == 1)
    #expect(result.stdout.contains("INVALID") && result.stderr.contains("no more open files"), "\(result.stderr)")
    #expect(!result.stdout.contains("failed: connect"))
  }

  @Test("a sweep whose levels were spoiled says nothing of the service, and ends with exit 1")
  func spoiledSweep() throws {
    let server = try LoadedServer { _ in .answer("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok") }
    defer { server.stop() }
    let result = try Command.run(
      [
        "load", "sweep", server.url, "--concurrency", "60,70", "--step", "500ms", "--warmup", "0s", "--expect",
        "p99 < 10s",
      ], through: ["prlimit", "--nofile=40:40"])
    #expect(result.exit == 1, "\(result.stdout) \(result.stderr)")
    #expect(result.stderr.contains("no more open files"), "\(result.stderr)")
  }

  @Test("a dead service ends a search at once with 69")
  func dead() throws {
    let port = try ClosedPort()
    let result = try Command.run(["load", "saturation", "http://127.0.0.1:\(port.port)/"])
    #expect(result.exit == 69)
    #expect(result.stderr.contains("nobody answers"))
  }
}
