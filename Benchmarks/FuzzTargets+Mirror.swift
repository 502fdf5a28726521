import LoadTesting

/// What passes a mirror: clients and services that do as they like, in whatever order and pieces.
extension Fuzzing {
  /// An input is a list of pieces: a byte whose highest bit tells the service from the client and whose others tell the length,
  /// then so many bytes.
  static let mirror = Target(
    name: "mirror", endings: [], seeds: [],
    words: [
      "GET / HTTP/1.1\r\n\r\n", "HTTP/1.1 200 OK\r\n", "Transfer-Encoding: chunked\r\n", "Content-Length: 3\r\n",
      "\r\n", "0\r\n\r\n",
      "Upgrade: websocket\r\n", "CONNECT a:1 HTTP/1.1\r\n", "HTTP/1.1 100 Continue\r\n\r\n", "HTTP/1.1 101 \r\n\r\n",
    ],
    makeSeeds: {
      func seed(_ pieces: [(isFromService: Bool, text: String)]) -> [UInt8] {
        pieces.flatMap { piece -> [UInt8] in
          let bytes = Array(piece.text.utf8.prefix(127))
          return [(piece.isFromService ? 0x80 : 0) | UInt8(bytes.count)] + bytes
        }
      }
      let get = "GET /a HTTP/1.1\r\nHost: a\r\n\r\n"
      let answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
      return [
        seed([(false, get), (true, answer), (false, get), (true, answer)]),
        // Two requests before the first answer, then both answers at once.
        seed([(false, get + get), (true, answer + answer)]),
        // Contents in chunks, in pieces.
        seed([
          (false, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nab"), (false, "c\r\n0\r\n\r\n"),
          (true, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\no"), (true, "k\r\n0\r\n\r\n"),
        ]),
        // An answer before the request is whole; one that ends with the connection; one to HEAD.
        seed([
          (false, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc"), (true, "HTTP/1.1 413 No\r\n\r\n"),
          (false, "defghi"),
        ]),
        seed([(false, "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n"), (true, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n")]),
        // Another protocol from here on.
        seed([
          (false, "GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n"),
          (true, "HTTP/1.1 101 S\r\n\r\n"), (true, "\u{1}\u{2}"), (false, "\u{3}"),
        ]),
        seed([(false, "CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n"), (true, "HTTP/1.1 200 OK\r\n\r\n"), (false, "x")]),
      ]
    }
  ) { bytes in
    var pieces: [RecordedConnection.Piece] = []
    var rest = bytes[...]
    while let control = rest.popFirst() {
      let count = min(Int(control & 0x7F), rest.count)
      pieces.append(.init(isFromClient: control & 0x80 == 0, bytes: Array(rest.prefix(count))))
      rest = rest.dropFirst(count)
    }
    let seen = RecordedConnection(pieces)
    let books = seen.result
    precondition(
      books.requests == books.answered + books.unanswered, "a request is neither answered nor lost: \(books)")
    precondition(seen.bytesHeld == 0, "copies that nobody waits for are held: \(seen.bytesHeld) bytes")
    return books.answered > 0
  }
}
