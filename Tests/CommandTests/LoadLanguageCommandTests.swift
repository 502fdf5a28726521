import Documents
import HeadroomTesting
import Testing

/// `headroom load` over HTTP/2 and gRPC, as a user runs it.
@Suite struct LoadLanguageCommandTests {
  func run(_ arguments: [String]) throws -> Node {
    let result = try Command.run(["load"] + arguments + ["--json"])
    // On a busy machine the generator itself may be late: then it says so, and ends with 1.
    #expect(result.exit == 0 || result.stderr.contains("INVALID: "), "\(result.stderr)")
    return try JSON.parse(result.stdout, file: "stdout")
  }

  @Test("--http2 --concurrency splits the requests under way into connections and streams, exactly")
  func concurrency() throws {
    let server = try HTTP2Server { _ in .answer(status: 200, body: "ok") }
    defer { server.stop() }
    let json = try run([server.url, "--http2", "--concurrency", "12", "--streams", "5", "-d", "500ms"])
    #expect(json["language"]?.string == "HTTP/2")
    #expect(json["connections"]?.number == 3)
    #expect(json["streams"]?.number == 4)
    #expect(server.mostAtATime <= 4)
    #expect(json["ok"]?.number == Double(server.requests))
    #expect(json["grpc_status"] == nil)
  }

  @Test("a gRPC call takes its message from fields and tells errors by their status")
  func grpc() throws {
    let server = try HTTP2Server { $0 % 4 == 0 ? .trailersOnly(status: 8) : .messages(2, size: 1, status: 0) }
    defer { server.stop() }
    let json = try run([
      "grpc://127.0.0.1:\(server.port)/demo.Greeter/Hello", "--field", "1=string:abc", "--field", "2=int:150",
      "--proto-body", "hex:1801", "--rate", "100/s", "-d", "400ms",
    ])
    #expect(json["language"]?.string == "gRPC")
    #expect(json["ok"]?.number == 30)
    #expect(json["messages"]?.number == 60)
    #expect(json["errors"]?["grpc"]?.number == 10)
    #expect(json["grpc_status"]?["0"]?.number == 30)
    #expect(json["grpc_status"]?["8"]?.number == 10)
    // A prefix of five bytes, two of the written message, five of field 1 and three of field 2.
    #expect(server.bodyBytes == 40 * 15)
  }
}
