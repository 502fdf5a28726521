import Glibc
import Wire

/// Small servers for `script/bench-load`, whose behaviour is known exactly, so that what a load generator says of them can
/// be held against the truth. One thread each, on the loopback; they serve until they are killed.
///
///   headroom-bench serve tokens PORT [GAP]    streams of 50 tokens: the first after 100 ms, then one every 20 ms, or GAP;
///                                       GET /truth/2 tells when it sent them, of streams from 2 s on
///   headroom-bench serve gaps PORT      answers at once; GET /gaps tells the gaps between requests as the system saw them
enum LoadServers {
  /// Tokens a stream, and nanoseconds to the first.
  private static let tokens = 50
  private static let first: Int64 = 100_000_000

  static func run(_ words: [String]) {
    let gap = words.count > 2 ? Double(words[2]) ?? 0 : 20
    guard (2...3).contains(words.count), let port = Int(words[1]), (1...65535).contains(port),
      ["tokens", "gaps"].contains(words[0]), gap > 0, gap < 1e6
    else {
      print("usage: headroom-bench serve tokens|gaps PORT [MILLISECONDS]")
      exit(64)
    }
    Monotonic.wakePunctually()
    do {
      let listener = try Listener.loopback(port: port)
      if words[0] == "tokens" { try serveTokens(listener, gap: Int64(gap * 1e6)) } else { try serveGaps(listener) }
    } catch {
      print("\(error)")
      exit(1)
    }
  }

  private static func send(_ text: String, to stream: Stream) {
    var text = text
    text.withUTF8 { bytes in
      if let base = bytes.baseAddress { _ = stream.write(base, bytes.count) }
    }
  }

  /// Takes the waiting connections in; token 0 is the listener's, n + 1 that of connection n.
  private static func accept(_ listener: Listener, _ connections: inout [Stream], _ poller: borrowing Poller) {
    while let stream = listener.accept() {
      connections.append(stream)
      _ = poller.add(stream, token: UInt64(connections.count))
    }
  }

  /// What the server did of one stream: when its request came in, as the kernel saw it, and when the first and the last
  /// token went out. A server that is itself late is so in the truth as well.
  private struct StreamBook {
    var came: Int64
    var first: Int64 = 0
    var last: Int64 = 0
  }

  /// `streams ttft-p50 ttft-mean ttft-p99 itl-mean`, in milliseconds, of the streams that came so long behind the first.
  private static func truth(_ books: [StreamBook], behind seconds: Double) -> String {
    let start = books.first?.came ?? 0
    let counted = books.filter { $0.last > 0 && Double($0.came - start) / 1e9 >= seconds }
    guard !counted.isEmpty else { return "0 0 0 0 0\n" }
    let firsts = counted.map { Double($0.first - $0.came) / 1e6 }.sorted()
    func quantile(_ p: Double) -> Double { firsts[min(firsts.count - 1, Int(p * Double(firsts.count)))] }
    let gaps = counted.map { Double($0.last - $0.first) / 1e6 / Double(tokens - 1) }
    let n = Double(counted.count)
    return
      "\(counted.count) \(quantile(0.5)) \(firsts.reduce(0, +) / n) \(quantile(0.99)) \(gaps.reduce(0, +) / n)\n"
  }

  private static func serveTokens(_ listener: Listener, gap: Int64) throws {
    let poller = try Poller(capacity: 1024)
    _ = poller.add(Stream(handle: listener.handle), token: 0)
    var connections: [Stream] = []
    var left: [Int] = []
    var books: [StreamBook] = []
    var book: [Int] = []
    // All first tokens wait equally long, and so do all others: two lines in the order of their coming are enough.
    var lines: [[(due: Int64, connection: Int)]] = [[], []]
    var heads = [0, 0]
    let head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
    let event = "data: {\"choices\":[{\"delta\":{\"content\":\"token\"}}]}\n\n"
    let chunk = String(event.utf8.count, radix: 16) + "\r\n" + event + "\r\n"
    let end = "e\r\ndata: [DONE]\n\n\r\n0\r\n\r\n"
    let buffer = UnsafeMutablePointer<UInt8>.allocate(capacity: 65_536)
    while true {
      var now = Monotonic.now()
      for line in 0...1 {
        while heads[line] < lines[line].count, lines[line][heads[line]].due <= now {
          let (due, connection) = lines[line][heads[line]]
          heads[line] += 1
          left[connection] -= 1
          let isLast = left[connection] == 0
          if line == 0 { books[book[connection]].first = now }
          if isLast { books[book[connection]].last = now }
          send((line == 0 ? head : "") + chunk + (isLast ? end : ""), to: connections[connection])
          // From when it was due, not from when it was sent: the pace does not drift.
          if !isLast { lines[1].append((due + gap, connection)) }
          now = Monotonic.now()
        }
        if heads[line] > 100_000 {
          lines[line].removeFirst(heads[line])
          heads[line] = 0
        }
      }
      let next = (0...1).compactMap { heads[$0] < lines[$0].count ? lines[$0][heads[$0]].due : nil }.min()
      let count = poller.wait(nanoseconds: next.map { max(0, $0 - now) } ?? 1_000_000_000)
      for i in 0..<count {
        let token = poller.event(i).token
        if token == 0 {
          let before = connections.count
          accept(listener, &connections, poller)
          for stream in connections[before...] { stream.stampArrivals() }
          while left.count < connections.count {
            left.append(0)
            book.append(0)
          }
          continue
        }
        let connection = Int(token) - 1
        reading: while true {
          // The time of the request's arrival, not of its reading, starts its clock.
          var late: Int64 = 0
          switch connections[connection].readStamped(into: buffer, 65_536, late: &late) {
          case .bytes(let count):
            if count > 11, buffer[5] == UInt8(ascii: "t"), buffer[6] == UInt8(ascii: "r") {
              // "GET /truth/2"
              let words = String(decoding: UnsafeBufferPointer(start: buffer + 11, count: count - 11), as: UTF8.self)
              let text = truth(books, behind: Double(words.prefix { $0 == "." || $0.isNumber }) ?? 0)
              if left.allSatisfy({ $0 == 0 }) { books.removeAll() }
              send(
                "HTTP/1.1 200 OK\r\nContent-Length: \(text.utf8.count)\r\n\r\n\(text)", to: connections[connection])
            } else if left[connection] == 0 {
              left[connection] = tokens
              let came = Monotonic.now() - late
              book[connection] = books.count
              books.append(StreamBook(came: came))
              lines[0].append((came + first, connection))
            }
          case .wait: break reading
          case .end, .broken:
            connections[connection].end()
            break reading
          }
        }
      }
    }
  }

  private static func serveGaps(_ listener: Listener) throws {
    let poller = try Poller(capacity: 1024)
    _ = poller.add(Stream(handle: listener.handle), token: 0)
    var connections: [Stream] = []
    var arrivals: [Int64] = []
    let buffer = UnsafeMutablePointer<UInt8>.allocate(capacity: 65_536)
    let ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
    while true {
      let count = poller.wait(nanoseconds: 1_000_000_000)
      for i in 0..<count {
        let token = poller.event(i).token
        if token == 0 {
          let before = connections.count
          accept(listener, &connections, poller)
          for stream in connections[before...] { stream.stampArrivals() }
          continue
        }
        let stream = connections[Int(token) - 1]
        reading: while true {
          var late: Int64 = 0
          switch stream.readStamped(into: buffer, 65_536, late: &late) {
          case .bytes(let n):
            // "GET /gaps": the fifth byte tells it from "GET /".
            if n > 8, buffer[5] == UInt8(ascii: "g"), buffer[6] == UInt8(ascii: "a") {
              let text = report(arrivals)
              arrivals.removeAll()
              send("HTTP/1.1 200 OK\r\nContent-Length: \(text.utf8.count)\r\n\r\n\(text)", to: stream)
            } else {
              arrivals.append(Monotonic.now() - late)
              send(ok, to: stream)
            }
          case .wait: break reading
          case .end, .broken:
            stream.end()
            break reading
          }
        }
      }
    }
  }

  /// `requests p10 p50 p90 mean cv`, in milliseconds.
  private static func report(_ arrivals: [Int64]) -> String {
    let sorted = arrivals.sorted()
    let gaps = zip(sorted.dropFirst(), sorted).map { Double($0 - $1) / 1e6 }.sorted()
    guard !gaps.isEmpty else { return "0\n" }
    let mean = gaps.reduce(0, +) / Double(gaps.count)
    let variance = gaps.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(gaps.count)
    func quantile(_ p: Double) -> Double { gaps[min(gaps.count - 1, Int(p * Double(gaps.count)))] }
    return
      "\(arrivals.count) \(quantile(0.1)) \(quantile(0.5)) \(quantile(0.9)) \(mean) \(variance.squareRoot() / mean)\n"
  }
}
