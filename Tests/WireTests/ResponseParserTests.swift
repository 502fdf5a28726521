import Testing
import Wire

/// A response read in pieces, and what came of it.
struct Reading: Equatable {
  enum End: Equatable { case complete, cutOff, malformed }
  var end: End
  var status: Int
  var body: [UInt8] = []
  var keepsAlive: Bool
  /// Bytes that were not used.
  var left: Int

  /// Reads `bytes` in pieces of the sizes given, the last repeated, then ends the connection.
  init(_ bytes: [UInt8], pieces: [Int] = [.max], isHead: Bool = false) {
    var parser = ResponseParser()
    parser.begin(isHead: isHead)
    var at = 0
    var body: [UInt8] = []
    var end: End?
    var piece = 0
    while at < bytes.count, end == nil {
      let size = min(max(1, pieces[min(piece, pieces.count - 1)]), bytes.count - at)
      piece += 1
      let chunk = Array(bytes[at..<at + size])
      var offset = 0
      chunk.withUnsafeBufferPointer { buffer in
        guard let base = buffer.baseAddress else { return }
        reading: while true {
          switch parser.step(base, chunk.count, from: &offset) {
          case .needsMore: break reading
          case .body(let start, let count): body += chunk[start..<start + count]
          case .complete:
            end = .complete
            break reading
          case .malformed:
            end = .malformed
            break reading
          }
        }
      }
      at += offset
    }
    if end == nil {
      switch parser.end() {
      case .complete: end = .complete
      case .malformed: end = .malformed
      default: end = .cutOff
      }
    }
    self.end = end ?? .cutOff
    self.body = body
    status = parser.status
    keepsAlive = parser.keepsAlive
    left = bytes.count - at
  }
  init(_ text: String, pieces: [Int] = [.max], isHead: Bool = false) {
    self.init(Array(text.utf8), pieces: pieces, isHead: isHead)
  }
  var text: String { String(decoding: body, as: UTF8.self) }
}

@Suite struct ResponseParserTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var name: String
    var text: String
    var status = 200
    var body = ""
    var keepsAlive = true
    var left = 0
    var isHead = false
    var testDescription: String { name }
  }

  static let good: [Case] = [
    Case(name: "a length", text: "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", body: "hello"),
    Case(name: "any case, any space", text: "HTTP/1.1 200 OK\r\ncOnTeNt-LENGTH:5 \t\r\n\r\nhello", body: "hello"),
    Case(name: "an equal length twice", text: "HTTP/1.1 200 OK\r\nContent-Length: 2, 2\r\n\r\nok", body: "ok"),
    Case(name: "no content", text: "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
    Case(name: "no reason", text: "HTTP/1.1 404\r\nContent-Length: 0\r\n\r\n", status: 404),
    Case(name: "bare line feeds", text: "HTTP/1.1 200 OK\nContent-Length: 2\n\nok", body: "ok"),
    Case(name: "204", text: "HTTP/1.1 204 No Content\r\n\r\n", status: 204),
    Case(name: "304 announces, sends nothing", text: "HTTP/1.1 304 X\r\nContent-Length: 9\r\n\r\n", status: 304),
    Case(name: "HEAD", text: "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", isHead: true),
    Case(
      name: "interim responses first",
      text: "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
        + "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", body: "ok"),
    Case(
      name: "chunks with extensions and trailers",
      text: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4;a=b\r\nWiki\r\n5\r\npedia\r\n0\r\nX: y\r\n\r\n",
      body: "Wikipedia"),
    Case(
      name: "chunks in capitals, gzip before",
      text: "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, CHUNKED\r\n\r\nA\r\n0123456789\r\n0\r\n\r\n",
      body: "0123456789"),
    Case(
      name: "chunks win over a length",
      text: "HTTP/1.1 200 OK\r\nContent-Length: 99\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n", body: "x"),
    Case(name: "until the end", text: "HTTP/1.1 200 OK\r\n\r\nall of it", body: "all of it", keepsAlive: false),
    Case(
      name: "a coding that is not chunked goes on until the end",
      text: "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nall", body: "all", keepsAlive: false),
    Case(
      name: "says close", text: "HTTP/1.1 200 OK\r\nConnection: x, Close\r\nContent-Length: 1\r\n\r\nx", body: "x",
      keepsAlive: false),
    Case(name: "1.0 closes", text: "HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx", body: "x", keepsAlive: false),
    Case(
      name: "1.0 that keeps alive", text: "HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 1\r\n\r\nx",
      body: "x"),
    Case(
      name: "what follows is left", text: "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nxHTTP/1.1", body: "x", left: 8),
    Case(
      name: "a folded field", text: "HTTP/1.1 200 OK\r\nX-A: b\r\n  c\r\nContent-Length: 1\r\n\r\nx", body: "x"),
    Case(
      name: "names that begin alike",
      text: "HTTP/1.1 200 OK\r\nContent-Lengthy: 7\r\nConnection-X: close\r\nContent-Length: 1\r\n\r\nx", body: "x"),
  ]

  @Test("reads what servers send", arguments: good)
  func readsWhatServersSend(_ it: Case) {
    let reading = Reading(it.text, isHead: it.isHead)
    #expect(reading.end == .complete)
    #expect(reading.status == it.status)
    #expect(reading.text == it.body)
    #expect(reading.keepsAlive == it.keepsAlive)
    #expect(reading.left == it.left)
  }

  @Test("reads the same byte by byte and in any two pieces", arguments: good)
  func piecesDoNotMatter(_ it: Case) {
    let whole = Reading(it.text, isHead: it.isHead)
    #expect(Reading(it.text, pieces: [1], isHead: it.isHead) == whole)
    for cut in 1..<it.text.utf8.count {
      #expect(Reading(it.text, pieces: [cut, .max], isHead: it.isHead).end == whole.end)
      #expect(Reading(it.text, pieces: [cut, .max], isHead: it.isHead).body == whole.body)
    }
  }

  @Test("a response that ends too early is cut off, at whatever byte", arguments: good)
  func cutOff(_ it: Case) {
    let bytes = Array(it.text.utf8).dropLast(it.left)
    for count in 0..<bytes.count {
      let reading = Reading(Array(bytes.prefix(count)), isHead: it.isHead)
      // Content that only the end delimits cannot be told from shorter content.
      let isOpenEnded = it.name.contains("until the end") && count >= 19
      if !isOpenEnded { #expect(reading.end == .cutOff, "\(count) bytes") }
    }
  }

  @Test(
    "garbage is malformed",
    arguments: [
      "garbage", "HTTP/2 200 OK\r\n\r\n", "HTTP/1.2 200 OK\r\n\r\n", "HTTP/1.1 2x0 OK\r\n\r\n",
      "HTTP/1.1 20 OK\r\n\r\n", "HTTP/1.1 099 OK\r\n\r\n", "HTTP/1.1200 OK\r\n\r\n", "HTTP/1.1 2000 OK\r\n\r\n",
      "HTTP/1.1 200 OK\r\nno colon\r\n\r\n", "HTTP/1.1 200 OK\r\n: empty\r\n\r\n",
      "HTTP/1.1 200 OK\r\nContent-Length : 1\r\n\r\nx", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
      "HTTP/1.1 200 OK\r\nContent-Length: 1 2\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length:\r\n\r\n",
      "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
      "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n",
      "HTTP/1.1 200 OK\rX: y\r\n\r\n", "HTTP/1.1 200 OK\r\nX: a\rb\r\n\r\n", "HTTP/1.1 200 OK\r\n\rx",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\r\n",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nxy",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n bad\r\n\r\n",
    ])
  func garbage(_ text: String) {
    #expect(Reading(text).end == .malformed)
    #expect(Reading(text, pieces: [1]).end == .malformed)
  }

  @Test("a head without end is malformed, interim responses without end too")
  func endlessHead() {
    let endless = "HTTP/1.1 200 OK\r\n" + String(repeating: "X: y\r\n", count: 20_000)
    #expect(Reading(endless).end == .malformed)
    #expect(Reading(String(repeating: "HTTP/1.1 100 C\r\n\r\n", count: 10_000)).end == .malformed)
  }

  @Test("an extension without end is malformed; short ones may be many")
  func extensions() {
    let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    #expect(Reading(head + "1;" + String(repeating: "a", count: 65_535)).end == .cutOff)
    #expect(Reading(head + "1;" + String(repeating: "a", count: 65_537)).end == .malformed)
    let many = String(repeating: "1;chunk-signature=0123456789abcdef\r\nx\r\n", count: 3000) + "0\r\n\r\n"
    let reading = Reading(head + many)
    #expect(reading.end == .complete && reading.body.count == 3000)
  }

  @Test("mutated responses never crash and read the same in any pieces")
  func mutations() {
    var random = SplitMix(state: 20_260_724)
    for round in 0..<20_000 {
      let it = Self.good[round % Self.good.count]
      var bytes = Array(it.text.utf8)
      for _ in 0...(random.next() % 3) {
        let at = Int(random.next() % UInt64(bytes.count))
        switch random.next() % 4 {
        case 0: bytes[at] = UInt8(truncatingIfNeeded: random.next())
        case 1: bytes.insert(UInt8(truncatingIfNeeded: random.next()), at: at)
        case 2: if bytes.count > 1 { bytes.remove(at: at) }
        default: bytes.swapAt(at, Int(random.next() % UInt64(bytes.count)))
        }
      }
      let whole = Reading(bytes, isHead: it.isHead)
      let drip = Reading(bytes, pieces: [1], isHead: it.isHead)
      let pieces = Reading(bytes, pieces: (0..<8).map { _ in Int(random.next() % 9) + 1 }, isHead: it.isHead)
      #expect(whole == drip && whole == pieces, "round \(round): \(String(decoding: bytes, as: UTF8.self))")
    }
  }
}

/// Numbers for fuzzing without a room below.
struct SplitMix {
  var state: UInt64
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
