import HeadroomTesting
import Testing
import Wire

/// A client and a server back to back in memory: no sockets, no threads, no clock.
@Suite struct HTTP2SessionTests {
  /// A request with its memory.
  final class Owned {
    let request: HTTP2Request
    private let memory: UnsafeMutableBufferPointer<UInt8>
    init(_ fields: [(String, String)], body: [UInt8]? = nil) {
      let size = fields.reduce(body?.count ?? 0) { $0 + $1.0.utf8.count + $1.1.utf8.count }
      memory = .allocate(capacity: max(1, size))
      var place = 0
      let memory = memory
      func keep(_ bytes: [UInt8]) -> UnsafeBufferPointer<UInt8> {
        for (i, byte) in bytes.enumerated() { memory[place + i] = byte }
        defer { place += bytes.count }
        return UnsafeBufferPointer(rebasing: memory[place..<place + bytes.count])
      }
      let kept = fields.map { (name: keep(Array($0.0.utf8)), value: keep(Array($0.1.utf8))) }
      request = HTTP2Request(fields: kept, body: body.map { keep($0) })
    }
    deinit {
      request.end()
      memory.deallocate()
    }
    static func get() -> Owned {
      Owned([(":method", "GET"), (":scheme", "http"), (":authority", "a"), (":path", "/"), ("x-test", "1")])
    }
    static func post(_ body: [UInt8]) -> Owned {
      Owned([(":method", "POST"), (":scheme", "http"), (":authority", "a"), (":path", "/")], body: body)
    }
  }

  /// What the client noted, with the content that came.
  struct Heard: Equatable {
    var events: [HTTP2Event] = []
    var body: [UInt8] = []
    var isSound = true
    var kinds: [HTTP2Event.Kind] { events.map(\.kind) }
    func of(_ ticket: Int32) -> [HTTP2Event.Kind] { events.filter { $0.ticket == ticket }.map(\.kind) }
  }

  /// Carries bytes to and fro until neither has anything to say, in pieces of at most `piece` bytes.
  func talk(_ client: HTTP2Session, _ server: HTTP2Peer, piece: Int = 1 << 20) -> Heard {
    var heard = Heard()
    let buffer = UnsafeMutablePointer<UInt8>.allocate(capacity: 1000)
    defer { buffer.deallocate() }
    while true {
      var asked: [UInt8] = []
      while true {
        // A small buffer: larger frames come in pieces.
        let n = client.output(into: buffer, 1000)
        if n == 0 { break }
        asked += UnsafeBufferPointer(start: buffer, count: n)
      }
      for i in 0..<client.eventCount { heard.events.append(client.event(i)) }
      client.clearEvents()
      if !asked.isEmpty { #expect(server.receive(asked)) }
      let answered = server.output()
      if asked.isEmpty, answered.isEmpty { return heard }
      var start = 0
      while start < answered.count {
        let part = Array(answered[start..<min(answered.count, start + piece)])
        start += part.count
        heard.isSound =
          part.withUnsafeBufferPointer { bytes in
            bytes.baseAddress.map { client.receive($0, bytes.count) } ?? true
          } && heard.isSound
        for i in 0..<client.eventCount {
          let event = client.event(i)
          if event.kind == .body { heard.body += part[Int(event.start)..<Int(event.start + event.count)] }
          if event.kind != .body || event.count > 0 { heard.events.append(event) }
        }
        client.clearEvents()
      }
    }
  }

  @Test("a request and its answer, whatever the pieces they come in", arguments: [1, 2, 7, 1000])
  func exchange(piece: Int) throws {
    var asked: [(name: String, value: String)] = []
    let server = HTTP2Peer(limit: 7) { peer, request in
      asked = request.fields
      peer.answer(request.stream, status: 201, fields: [("server", "x")], body: Array("hello".utf8))
    }
    let client = try #require(HTTP2Session(tickets: 3))
    defer { client.end() }
    let request = Owned.get()
    client.submit(request.request, ticket: 2)
    let heard = talk(client, server, piece: piece)
    #expect(asked.map(\.name) == [":method", ":scheme", ":authority", ":path", "x-test"])
    #expect(asked.map(\.value) == ["GET", "http", "a", "/", "1"])
    #expect(heard.isSound)
    #expect(heard.events.first { $0.kind == .limit }?.value == 7)
    #expect(heard.events.first { $0.kind == .head } == HTTP2Event(.head, ticket: 2, value: 201))
    #expect(heard.body == Array("hello".utf8))
    #expect(heard.of(2).filter { $0 != .body } == [.head, .complete])
  }

  @Test("tickets are free again once their request is complete, and many go at a time")
  func tickets() throws {
    var waiting: [Int32] = []
    let server = HTTP2Peer { peer, request in waiting.append(request.stream) }
    let client = try #require(HTTP2Session(tickets: 3))
    defer { client.end() }
    let request = Owned.get()
    for round in 0..<4 {
      for ticket in 0..<3 { #expect(client.submit(request.request, ticket: ticket)) }
      _ = talk(client, server)
      #expect(waiting.count == 3, "round \(round)")
      // In another order than they were asked.
      for stream in waiting.reversed() { server.answer(stream) }
      waiting = []
      let heard = talk(client, server)
      #expect(heard.events.filter { $0.kind == .complete }.map(\.ticket) == [2, 1, 0])
    }
  }

  @Test("content larger than any window and buffer arrives whole")
  func largeContent() throws {
    let content = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
    var received: [UInt8] = []
    let server = HTTP2Peer(window: 1000) { peer, request in
      received = request.body
      peer.answer(request.stream, body: request.body)
    }
    let client = try #require(HTTP2Session(tickets: 1))
    defer { client.end() }
    let request = Owned.post(content)
    client.submit(request.request, ticket: 0)
    let heard = talk(client, server)
    #expect(received == content)
    #expect(heard.body == content)
    #expect(heard.of(0).last == .complete)
  }

  @Test("an answer that comes before the whole request ends it: the rest is not sent")
  func earlyAnswer() throws {
    let server = HTTP2Peer(window: 100) { _, _ in }
    let client = try #require(HTTP2Session(tickets: 1))
    defer { client.end() }
    let large = Owned.post([UInt8](repeating: 1, count: 50_000))
    client.submit(large.request, ticket: 0)
    // Only as much as the window allows, which nobody opens again: the server answers with what it has.
    let buffer = UnsafeMutablePointer<UInt8>.allocate(capacity: 65_536)
    defer { buffer.deallocate() }
    let n = client.output(into: buffer, 65_536)
    #expect(n < 50_000 + 200)
    #expect(server.receive(Array(UnsafeBufferPointer(start: buffer, count: n))))
    server.answerWithHead(1, status: 413)
    let answer = server.output()
    answer.withUnsafeBufferPointer { bytes in
      if let base = bytes.baseAddress { #expect(client.receive(base, bytes.count)) }
    }
    let kinds = (0..<client.eventCount).map { client.event($0) }.filter { $0.ticket == 0 }
    #expect(kinds.map(\.kind) == [.head, .complete])
    client.clearEvents()
    // The ticket is free at once.
    let small = Owned.get()
    #expect(client.submit(small.request, ticket: 0))
  }

  @Test("interim responses are no answers")
  func interim() throws {
    let server = HTTP2Peer { peer, request in
      peer.inform(request.stream, status: 103)
      peer.answer(request.stream, body: [1])
    }
    let client = try #require(HTTP2Session(tickets: 1))
    defer { client.end() }
    let request = Owned.get()
    client.submit(request.request, ticket: 0)
    let heard = talk(client, server)
    #expect(heard.events.filter { $0.kind == .head }.map(\.value) == [200])
    #expect(heard.of(0).last == .complete)
  }

  @Test("RST_STREAM is a reset with its code, REFUSED_STREAM says that the request may be sent again")
  func resets() throws {
    let server = HTTP2Peer { peer, request in
      peer.reset(request.stream, code: request["x-test"] == nil ? 7 : 2)
    }
    let client = try #require(HTTP2Session(tickets: 2))
    defer { client.end() }
    let get = Owned.get()
    let post = Owned.post([1])
    client.submit(get.request, ticket: 0)
    client.submit(post.request, ticket: 1)
    let heard = talk(client, server)
    #expect(heard.of(0) == [.reset])
    #expect(heard.events.first { $0.ticket == 0 }?.value == 2)
    #expect(heard.of(1) == [.refused])
  }

  @Test("GOAWAY gives requests above its last stream back as unseen and lets the others end")
  func goAway() throws {
    var streams: [Int32] = []
    let server = HTTP2Peer { _, request in streams.append(request.stream) }
    let client = try #require(HTTP2Session(tickets: 4))
    defer { client.end() }
    let request = Owned.get()
    for ticket in 0..<4 { client.submit(request.request, ticket: ticket) }
    _ = talk(client, server)
    server.goAway(last: streams[1])
    let first = talk(client, server)
    #expect(first.events.contains { $0.kind == .goAway })
    #expect(first.events.filter { $0.kind == .refused }.map(\.ticket).sorted() == [2, 3])
    server.answer(streams[0])
    server.answer(streams[1])
    let second = talk(client, server)
    #expect(second.events.filter { $0.kind == .complete }.map(\.ticket) == [0, 1])
    // Nothing new goes over such a connection.
    client.submit(request.request, ticket: 0)
    #expect(talk(client, server).of(0) == [.refused])
  }

  @Test("a request given up is cancelled at the server, and what still comes of it is nobody's")
  func cancelling() throws {
    var streams: [Int32] = []
    let server = HTTP2Peer { peer, request in
      streams.append(request.stream)
      peer.begin(request.stream)
      peer.send(request.stream, [1, 2, 3])
    }
    let client = try #require(HTTP2Session(tickets: 1))
    defer { client.end() }
    let request = Owned.get()
    client.submit(request.request, ticket: 0)
    #expect(talk(client, server).of(0).contains(.body))
    client.cancel(ticket: 0)
    // The server does not know yet.
    server.send(streams[0], [4])
    client.submit(request.request, ticket: 0)
    let heard = talk(client, server)
    // CANCEL is 8.
    #expect(server.resets.map(\.code) == [8])
    // Only the second request's events.
    #expect(heard.of(0) == [.head, .body])
    #expect(heard.body == [1, 2, 3])
  }

  @Test("the grpc-status of trailers, or of a head alone, comes with the end")
  func grpcStatus() throws {
    let server = HTTP2Peer { peer, request in
      if request["x-test"] == nil {
        peer.answer(request.stream, body: [0, 0, 0, 0, 0], trailers: [("grpc-status", "14")])
      } else {
        peer.answerWithHead(request.stream, fields: [("grpc-status", "5")])
      }
    }
    let client = try #require(HTTP2Session(tickets: 3))
    defer { client.end() }
    let get = Owned.get()
    let post = Owned.post([])
    client.submit(get.request, ticket: 0)
    client.submit(post.request, ticket: 1)
    let heard = talk(client, server)
    let ends = heard.events.filter { $0.kind == .complete }
    #expect(ends.first { $0.ticket == 0 }?.value == 5)
    #expect(ends.first { $0.ticket == 1 }?.value == 14)
  }

  @Test("content that does not have its length makes the response malformed, not the connection")
  func wrongLength() throws {
    let server = HTTP2Peer { peer, request in
      peer.answer(
        request.stream, fields: [("content-length", request["x-test"] == nil ? "2" : "1")], body: [1, 2])
    }
    let client = try #require(HTTP2Session(tickets: 2))
    defer { client.end() }
    let get = Owned.get()
    let post = Owned.post([])
    client.submit(get.request, ticket: 0)
    client.submit(post.request, ticket: 1)
    let heard = talk(client, server)
    #expect(heard.of(0).last == .malformed)
    #expect(heard.of(1).last == .complete)
    #expect(heard.isSound)
    #expect(client.isAlive)
  }

  @Test(
    "what is no HTTP/2 ends the connection",
    arguments: [
      Array("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n".utf8),
      [UInt8](repeating: 0xEE, count: 100),
      // A DATA frame on a stream that was never opened, before any SETTINGS.
      [0, 0, 1, 0, 0, 0, 0, 0, 9, 1],
    ])
  func garbage(_ bytes: [UInt8]) throws {
    let client = try #require(HTTP2Session(tickets: 1))
    defer { client.end() }
    let request = Owned.get()
    client.submit(request.request, ticket: 0)
    let buffer = UnsafeMutablePointer<UInt8>.allocate(capacity: 65_536)
    defer { buffer.deallocate() }
    _ = client.output(into: buffer, 65_536)
    let isSound = bytes.withUnsafeBufferPointer { $0.baseAddress.map { client.receive($0, bytes.count) } ?? true }
    _ = client.output(into: buffer, 65_536)
    #expect(!isSound || !client.isAlive)
  }

  @Test("mutated answers never trap, and each ticket ends at most once")
  func mutations() throws {
    let server = HTTP2Peer { peer, request in
      peer.inform(request.stream, status: 100)
      peer.answer(
        request.stream, fields: [("content-type", "text/event-stream")], body: [UInt8](repeating: 65, count: 300),
        trailers: [("grpc-status", "0")])
    }
    let reference = try #require(HTTP2Session(tickets: 4))
    defer { reference.end() }
    let request = Owned.get()
    for ticket in 0..<4 { reference.submit(request.request, ticket: ticket) }
    let buffer = UnsafeMutablePointer<UInt8>.allocate(capacity: 65_536)
    defer { buffer.deallocate() }
    let n = reference.output(into: buffer, 65_536)
    #expect(server.receive(Array(UnsafeBufferPointer(start: buffer, count: n))))
    let answer = server.output()
    // Seed 4 of a linear congruential generator (Knuth's MMIX constants).
    var seed: UInt64 = 4
    func random(_ below: Int) -> Int {
      seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(seed >> 33) % below
    }
    for round in 0..<2000 {
      var bytes = answer
      for _ in 0...random(3) { bytes[random(bytes.count)] = UInt8(random(256)) }
      let client = try #require(HTTP2Session(tickets: 4))
      for ticket in 0..<4 { client.submit(request.request, ticket: ticket) }
      _ = client.output(into: buffer, 65_536)
      var ends = [0, 0, 0, 0]
      func count() {
        for i in 0..<client.eventCount {
          let event = client.event(i)
          if [.complete, .reset, .refused, .malformed].contains(event.kind) { ends[Int(event.ticket)] += 1 }
        }
      }
      bytes.withUnsafeBufferPointer { memory in
        guard let base = memory.baseAddress else { return }
        let cut = random(bytes.count)
        _ = client.receive(base, cut)
        count()
        _ = client.output(into: buffer, 65_536)
        _ = client.receive(base + cut, bytes.count - cut)
        count()
      }
      #expect(ends.allSatisfy { $0 <= 1 }, "round \(round)")
      client.end()
    }
  }
}

@Suite struct GRPCMessageReaderTests {
  @Test("counts messages in pieces of any size, empty ones too", arguments: [1, 2, 3, 5, 100])
  func counting(piece: Int) {
    let bytes =
      GRPCMessageReader.framed([1, 2, 3]) + GRPCMessageReader.framed([])
      + GRPCMessageReader.framed([UInt8](repeating: 0, count: 300))
    var reader = GRPCMessageReader()
    var start = 0
    while start < bytes.count {
      let part = Array(bytes[start..<min(bytes.count, start + piece)])
      start += part.count
      var offset = 0
      part.withUnsafeBufferPointer { memory in
        guard let base = memory.baseAddress else { return }
        while reader.next(base, memory.count, from: &offset) {}
      }
    }
    #expect(reader.messages == 3)
    #expect(reader.isBetweenMessages)
  }

  @Test("a message that ends early is told from one that is whole")
  func cutOff() {
    for count in 1..<8 {
      var reader = GRPCMessageReader()
      var offset = 0
      let bytes = GRPCMessageReader.framed([1, 2, 3])
      let isWhole = bytes.withUnsafeBufferPointer { memory in
        memory.baseAddress.map { reader.next($0, count, from: &offset) } ?? false
      }
      #expect(!isWhole)
      #expect(!reader.isBetweenMessages)
    }
  }

  @Test("the prefix is a flag and the length in network order")
  func framing() {
    #expect(GRPCMessageReader.framed([UInt8](repeating: 9, count: 258)).prefix(6) == [0, 0, 0, 1, 2, 9])
  }
}
