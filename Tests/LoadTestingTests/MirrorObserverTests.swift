import Testing

@testable import LoadTesting

/// The mirror's machines, fed with bytes and times, without a socket.
@Suite struct MirrorObserverTests {
  struct World {
    var observer = MirrorObserver()
    let ledger: MirrorLedger
    init(share: Double = 1, onlySafe: Bool = false, limits: MirrorLedger.Limits = .init()) {
      ledger = MirrorLedger(share: share, onlySafe: onlySafe, seed: 1, limits: limits)
    }
    mutating func client(_ text: String, at time: Int64 = 0) {
      Array(text.utf8).withUnsafeBufferPointer { bytes in
        if let base = bytes.baseAddress { observer.clientSent(base, bytes.count, time, ledger) }
      }
    }
    mutating func service(_ text: String, at time: Int64 = 0) {
      Array(text.utf8).withUnsafeBufferPointer { bytes in
        if let base = bytes.baseAddress { observer.serviceSent(base, bytes.count, time, ledger) }
      }
    }
    func next() -> String? { ledger.next().map { String(decoding: $0.bytes, as: UTF8.self) } }
  }
  static let get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
  static let post = "POST /x HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc"
  static let ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

  @Test("a copy is the request's own bytes, each request apart, however they came in")
  func copies() {
    var whole = World()
    whole.client(Self.get + Self.post + Self.get)
    #expect(whole.next() == Self.get)
    #expect(whole.next() == Self.post)
    #expect(whole.next() == Self.get)
    #expect(whole.next() == nil)
    var dripped = World()
    for character in Self.get + Self.post { dripped.client(String(character)) }
    #expect(dripped.next() == Self.get)
    #expect(dripped.next() == Self.post)
  }

  @Test("latency counts from the request's last byte to the response's last")
  func latency() {
    var world = World()
    world.client("POST /x HTTP/1.1\r\nContent-Length: 3\r\n\r\n", at: 1_000_000_000)
    world.client("abc", at: 2_000_000_000)
    world.service("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n", at: 2_100_000_000)
    world.service("ok", at: 2_500_000_000)
    let report = world.ledger.report()
    #expect(report.answered == 1 && report.statuses == [200: 1])
    #expect(abs((report.latency.mean ?? 0) - 0.5) < 1e-9)
  }

  @Test("both answers are compared, whichever comes first")
  func comparison() throws {
    var world = World()
    world.client(Self.get + Self.get, at: 0)
    let one = try #require(world.ledger.next())
    let two = try #require(world.ledger.next())
    world.ledger.shadowAnswered(one, status: 500, latency: 3_000_000)
    world.service(Self.ok + Self.ok, at: 1_000_000)
    world.ledger.shadowAnswered(two, status: 200, latency: 500_000)
    let report = world.ledger.report()
    #expect(report.compared == 2 && report.otherStatus == 1 && !report.isSame)
    #expect(report.statusPairs == [ShadowComparison.StatusPair(first: 200, second: 500): 1])
    // Of the differences -0.5 ms and +2 ms: to the histogram's 0.2 %.
    #expect(abs((report.slowerP50 ?? 0) + 0.0005) < 2e-6)
    #expect(abs((report.slowerP99 ?? 0) - 0.002) < 8e-6)
  }

  @Test("responses to HEAD have no content, and interim ones count for nothing")
  func headAndInterim() {
    var world = World()
    world.client("HEAD / HTTP/1.1\r\n\r\n" + Self.get)
    world.service("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n")
    world.service("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 404 X\r\nContent-Length: 0\r\n\r\n")
    #expect(world.ledger.result.statuses == [200: 1, 404: 1])
    #expect(world.observer.underWay == 0 && world.observer.isIdle)
  }

  @Test("a response that ends with its connection")
  func untilClose() {
    var world = World()
    world.client(Self.get)
    world.service("HTTP/1.1 200 OK\r\n\r\nall of it")
    #expect(world.ledger.result.answered == 0)
    world.observer.serviceEnded(5, world.ledger)
    #expect(world.ledger.result.answered == 1)
  }

  @Test("an upgrade passes on and is not copied; what follows is not looked at")
  func upgrade() {
    var world = World()
    world.client("GET /chat HTTP/1.1\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n")
    #expect(world.next() == nil)
    world.service("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n")
    #expect(world.observer.isOpaque)
    world.client("\u{1}\u{2}\u{3}")
    world.service("\u{1}\u{2}")
    #expect(world.ledger.result.opaqueConnections == 1 && world.ledger.result.answered == 1)
  }

  @Test("an upgrade that the service declines leaves the connection as it was")
  func declinedUpgrade() {
    var world = World()
    world.client("GET / HTTP/1.1\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n")
    world.service(Self.ok)
    world.client(Self.get)
    #expect(!world.observer.isOpaque)
    #expect(world.next() == Self.get)
  }

  @Test("what is no HTTP/1.1 is not looked at, in either direction")
  func opaque() {
    var client = World()
    client.client("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
    #expect(client.observer.isOpaque && client.next() == nil)
    var service = World()
    service.service("220 mail ready\r\n")
    #expect(service.observer.isOpaque)
  }

  @Test("a request that is answered early still makes a whole copy, without a latency")
  func answeredEarly() {
    var world = World()
    world.client("POST / HTTP/1.1\r\nContent-Length: 4\r\n\r\nab")
    world.service("HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n")
    world.client("cd" + Self.get)
    world.service(Self.ok)
    #expect(world.ledger.result.statuses == [413: 1, 200: 1])
    #expect(world.ledger.report().latency.count == 1)
    #expect(world.next()?.hasSuffix("abcd") == true)
    #expect(world.next() == Self.get)
  }

  @Test("what does not fit is dropped and counted, and its memory is free again")
  func bounds() {
    var limits = MirrorLedger.Limits()
    limits.queue = 2
    limits.request = 60
    var world = World(limits: limits)
    for _ in 0..<5 { world.client(Self.get) }
    world.client("POST / HTTP/1.1\r\nContent-Length: 100\r\n\r\n" + String(repeating: "x", count: 100))
    #expect(world.ledger.result.droppedBehind == 3 && world.ledger.result.droppedTooLarge == 1)
    #expect(world.ledger.waiting == 2 && world.ledger.bytesHeld == 2 * Self.get.utf8.count)
    while let request = world.ledger.next() { world.ledger.shadowFailed(request, .timeout) }
    #expect(world.ledger.bytesHeld == 0)
    var tight = MirrorLedger.Limits()
    tight.bytes = Self.get.utf8.count + 5
    world = World(limits: tight)
    world.client(Self.get + Self.get)
    #expect(world.ledger.result.droppedBehind == 1 && world.ledger.waiting == 1)
  }

  @Test("a request cut off by its client is not sent to the second service")
  func cutOff() {
    var world = World()
    world.client("POST / HTTP/1.1\r\nContent-Length: 100\r\n\r\nabc")
    world.observer.connectionEnded(world.ledger)
    #expect(world.next() == nil)
    #expect(world.ledger.result.droppedIncomplete == 1 && world.ledger.result.unanswered == 1)
    #expect(world.ledger.bytesHeld == 0)
  }

  @Test("requests that may change something stay out where only safe ones are wanted")
  func onlySafe() {
    var world = World(onlySafe: true)
    world.client(Self.post + Self.get)
    #expect(world.next() == Self.get)
    #expect(world.next() == nil)
    #expect(world.ledger.result.droppedUnsafe == 1)
  }

  @Test("a share is drawn from the seed")
  func share() {
    var counts: [Int] = []
    for _ in 0..<2 {
      var world = World(share: 0.1)
      for _ in 0..<2000 {
        world.client(Self.get)
        world.service(Self.ok)
      }
      counts.append(world.ledger.result.chosen)
    }
    // Four standard deviations of a binomial count, sqrt(2000 0.1 0.9) = 13.4.
    #expect(abs(counts[0] - 200) < 54)
    #expect(counts[0] == counts[1])
    var none = World(share: 0)
    none.client(Self.get)
    #expect(none.ledger.result.chosen == 0 && none.ledger.result.requests == 1)
  }
}

@Suite struct RelayPipeTests {
  @Test("nothing is read that cannot be passed on")
  func backPressure() {
    var pipe = RelayPipe()
    pipe.isReadable = true
    #expect(pipe.step == .rest)
    pipe.isWritable = true
    #expect(pipe.step == .read)
    let bytes: [UInt8] = [1, 2, 3, 4]
    bytes.withUnsafeBufferPointer { if let base = $0.baseAddress { pipe.passed(1, of: base, 4) } }
    #expect(pipe.backlog == [2, 3, 4] && pipe.step == .rest)
    pipe.isWritable = true
    #expect(pipe.step == .write)
    pipe.wrote(2)
    #expect(pipe.step == .rest)
    pipe.isWritable = true
    pipe.wrote(1)
    #expect(pipe.step == .read && pipe.bytesPassed == 4)
  }

  @Test("the end is passed on behind what waits")
  func end() {
    var pipe = RelayPipe()
    pipe.isWritable = true
    let bytes: [UInt8] = [1, 2]
    bytes.withUnsafeBufferPointer { if let base = $0.baseAddress { pipe.passed(0, of: base, 2) } }
    pipe.ended()
    #expect(pipe.step == .rest)
    pipe.isWritable = true
    #expect(pipe.step == .write)
    pipe.wrote(2)
    #expect(pipe.step == .endWriting)
    pipe.passedEnd()
    #expect(pipe.step == .finished)
  }
}
