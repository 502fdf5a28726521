import HeadroomTesting
import LoadTesting
import Quantities
import Testing

/// gRPC over live sockets on the loopback.
@Suite(.serialized) struct GRPCLoadTests {
  func run(
    _ server: HTTP2Server, seconds: Double = 0.3, readsStreams: Bool = false, message: [UInt8] = [8, 1],
    headers: [String] = []
  ) throws -> LoadResult {
    let schedule = ArrivalSchedule(.constant(.perSecond(100), for: .seconds(seconds)))
    let target = try LoadTarget(
      url: "grpc://127.0.0.1:\(server.port)/demo.Greeter/Hello", headers: headers, body: message,
      deadline: .milliseconds(1500))
    return try LoadTest(
      target, LoadSettings(.open(schedule), connections: 2, timeout: .seconds(20), readsStreams: readsStreams)
    ).run()
  }

  @Test("a call is sent as gRPC has it: method, deadline, and the message behind its length")
  func call() throws {
    let server = try HTTP2Server { _ in .messages(1, size: 4, status: 0) }
    defer { server.stop() }
    let result = try run(server, message: [1, 2, 3], headers: ["x-team: search"])
    #expect(result.language == .grpc)
    #expect(result.ok == 30)
    #expect(result.messages == 30)
    #expect(result.grpcStatuses == [0: 30])
    // Five bytes before each message.
    #expect(server.bodyBytes == 30 * 8)
    let fields = Dictionary(server.lastFields.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })
    #expect(fields[":method"] == "POST")
    #expect(fields[":path"] == "/demo.Greeter/Hello")
    #expect(fields["te"] == "trailers")
    #expect(fields["content-type"] == "application/grpc")
    #expect(fields["grpc-timeout"] == "1500000u")
    #expect(fields["x-team"] == "search")
    #expect(fields["content-length"] == nil)
  }

  struct Misbehaviour: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var act: HTTP2Server.Act
    var error: String
    var status: Int?
  }
  static let misbehaviours = [
    Misbehaviour(
      testDescription: "a status in the trailers", act: .messages(1, size: 3, status: 14), error: "grpc", status: 14),
    Misbehaviour(
      testDescription: "a status in the head alone", act: .trailersOnly(status: 5), error: "grpc", status: 5),
    Misbehaviour(testDescription: "no status", act: .messageWithoutStatus, error: "malformed"),
    Misbehaviour(testDescription: "a message that ends early", act: .brokenMessage, error: "malformed"),
    Misbehaviour(testDescription: "a status of HTTP", act: .answer(status: 503, body: ""), error: "5xx"),
    Misbehaviour(testDescription: "a reset", act: .reset(code: 2), error: "reset"),
  ]

  @Test("each way to fail is counted as what it is", arguments: misbehaviours)
  func misbehaving(_ it: Misbehaviour) throws {
    let act = it.act
    let server = try HTTP2Server { $0 % 3 == 0 ? act : .messages(2, size: 10, status: 0) }
    defer { server.stop() }
    let result = try run(server)
    #expect(server.acts[act] == 10)
    #expect(result.ok == 20)
    #expect(result.messages == 40)
    for (name, count) in result.errors.named { #expect(count == (name == it.error ? 10 : 0), "\(name)") }
    if let status = it.status { #expect(result.grpcStatuses == [0: 20, status: 10]) }
    #expect(result.offered == result.ok + result.errors.total)
    #expect(result.completed == result.ok + result.errors.serverErrors + result.errors.grpc)
  }

  @Test("server streaming: messages are counted, and paced like tokens where that is asked for")
  func streaming() throws {
    let server = try HTTP2Server { _ in .messages(5, size: 100_000, status: 0) }
    defer { server.stop() }
    let result = try run(server, seconds: 0.1, readsStreams: true)
    #expect(result.ok == 10)
    #expect(result.messages == 50)
    let streams = try #require(result.streams)
    #expect(streams.tokens == 50)
    #expect(streams.timeToFirstToken.count == 10)
    #expect(streams.interTokenLatency.count == 40)
  }

  @Test(
    "addresses that name no method are refused",
    arguments: [
      "grpc://127.0.0.1:9/", "grpc://127.0.0.1:9/Hello", "grpc://127.0.0.1:9/a/b/c", "grpc://127.0.0.1:9/a/b?c",
    ])
  func badAddresses(_ url: String) {
    #expect(throws: LoadTestingError.self) { try LoadTarget(url: url) }
  }
}

@Suite struct ProtobufMessageTests {
  // From "Protocol Buffers: Encoding": 150 in field 1, "testing" in field 2, and -1 as sint32 (zigzag 1); the last as
  // int64, ten bytes.
  static let published: [(String, [UInt8])] = [
    ("1=int:150", [0x08, 0x96, 0x01]),
    ("2=string:testing", [0x12, 0x07, 0x74, 0x65, 0x73, 0x74, 0x69, 0x6E, 0x67]),
    ("1=sint:-1", [0x08, 0x01]),
    ("1=sint:1", [0x08, 0x02]),
    ("1=int:-2", [0x08, 0xFE, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01]),
    ("1=bool:true", [0x08, 0x01]),
    ("1=fixed32:1", [0x0D, 1, 0, 0, 0]),
    ("1=fixed64:-1", [0x09, 255, 255, 255, 255, 255, 255, 255, 255]),
    ("1=double:1", [0x09, 0, 0, 0, 0, 0, 0, 0xF0, 0x3F]),
    ("1=float:1", [0x0D, 0, 0, 0x80, 0x3F]),
    ("16=bytes:0aFF", [0x82, 0x01, 2, 0x0A, 0xFF]),
    ("1=string:a=b:c", [0x0A, 5, 0x61, 0x3D, 0x62, 0x3A, 0x63]),
  ]
  @Test("fields are encoded as the specification has them", arguments: published.indices)
  func encoding(_ index: Int) throws {
    var message = ProtobufMessage()
    try message.add(Self.published[index].0)
    #expect(message.bytes == Self.published[index].1)
  }

  @Test(
    "what is no field is refused with what to write",
    arguments: [
      "", "1", "1=string", "string:abc", "0=int:1", "19500=int:1", "-1=int:1", "1=int:1.5", "1=int:", "1=bool:yes",
      "1=bytes:abc", "1=bytes:zz", "1=float:x", "1=fixed32:5000000000", "1=text:a", "99999999999999999999=int:1",
    ])
  func refused(_ text: String) {
    var message = ProtobufMessage()
    #expect(throws: LoadTestingError.self) { try message.add(text) }
  }

  // RFC 4648, 10.
  @Test(
    "base64 is read as the RFC's examples have it",
    arguments: [("", ""), ("Zg==", "f"), ("Zm8=", "fo"), ("Zm9v", "foo"), ("Zm9vYg", "foob"), ("Zm9vYmFy", "foobar")])
  func base64(text: String, bytes: String) {
    #expect(ProtobufMessage.base64(text) == Array(bytes.utf8))
    #expect(ProtobufMessage.base64("Z") == nil)
    #expect(ProtobufMessage.base64("Zm9v!") == nil)
  }
}

@Suite struct GRPCRecordTests {
  @Test("a kept result keeps its language, gRPC statuses and messages")
  func kept() throws {
    var result = LoadResult()
    result.language = .grpc
    result.streamsPerConnection = 7
    result.offered = 10
    result.ok = 6
    result.completed = 10
    result.errors.grpc = 4
    result.grpcStatuses = [0: 6, 14: 4]
    result.messages = 12
    let record = LoadRecord(url: "grpc://127.0.0.1:9/a.B/C", result: result)
    let read = try LoadRecord.read(Array(record.json().utf8), file: "run.json").result
    #expect(read.language == .grpc)
    #expect(read.streamsPerConnection == 7)
    #expect(read.errors.grpc == 4)
    #expect(read.grpcStatuses == [0: 6, 14: 4])
    #expect(read.messages == 12)
  }
}
