import Quantities

/// The forms of access logs whose lines are words.
enum TextLogs {
  /// nginx and Apache, common and combined, and Traefik's:
  /// `ADDRESS - USER [24/Nov/2026:03:12:01 +0000] "GET /path HTTP/1.1" 200 512 ...`.
  ///
  /// Apache tells when a request came, and so does Traefik. nginx tells when it ended: where the line says how long it took
  /// (`rt=0.012` or `request_time=0.012`), that is taken off.
  static func combined(_ line: ArraySlice<UInt8>) -> RecordedRequest? {
    let text = LogText(line)
    guard let at = text.words.firstIndex(where: { $0.kind == .bracketed }),
      let time = LogText.commonTime(text.words[at].text),
      // The request stands right behind the time; HAProxy's has its timers between them.
      let quote = text.words[at...].firstIndex(where: { $0.kind == .quoted }), quote == at + 1,
      let (method, path) = LogText.request(text[quote])
    else { return nil }
    var took = 0.0
    for word in text.words[quote...] where word.kind == .bare {
      for key in ["rt=", "request_time="] where word.bytes.starts(with: Array(key.utf8)) {
        let value = Double(String(decoding: word.bytes.dropFirst(key.utf8.count), as: UTF8.self))
        if let value, value.isFinite { took = value }
      }
    }
    return RecordedRequest(
      time: LogText.earlier(time, by: took), method: method, path: path,
      status: text[quote + 1].flatMap { Int($0.text) })
  }

  /// An Application Load Balancer: `https 2026-11-24T03:12:01.186641Z app/name/id CLIENT:PORT TARGET:PORT 0.000 0.001 0.000
  /// 200 200 34 366 "GET https://host:443/ HTTP/1.1" "agent" ...`. Its time is that of the answer; the request's own
  /// stands further behind, and else is found by the three times taken.
  static func applicationLoadBalancer(_ line: ArraySlice<UInt8>) -> RecordedRequest? {
    let text = LogText(line)
    guard let type = text[0]?.text, ["http", "https", "h2", "grpcs", "ws", "wss"].contains(type),
      let answered = text[1].flatMap({ Timestamp(iso8601: $0.text) }),
      let (method, path) = LogText.request(text[12])
    else { return nil }
    let took = (5...7).compactMap { text[$0]?.number }.filter { $0 > 0 }.reduce(0, +)
    let created = text[21].flatMap { Timestamp(iso8601: $0.text) }
    return RecordedRequest(
      time: created ?? LogText.earlier(answered, by: took), method: method, path: path,
      status: text[8].flatMap { Int($0.text) })
  }

  /// A Classic Load Balancer: the same without the type, and its time is the request's own.
  static func classicLoadBalancer(_ line: ArraySlice<UInt8>) -> RecordedRequest? {
    let text = LogText(line)
    guard let time = text[0].flatMap({ Timestamp(iso8601: $0.text) }), let (method, path) = LogText.request(text[11])
    else { return nil }
    return RecordedRequest(time: time, method: method, path: path, status: text[7].flatMap { Int($0.text) })
  }

  /// Envoy's default: `[2026-11-24T03:12:01.310Z] "POST /path HTTP/2" 204 - 154 0 226 100 ...`: when it came.
  static func envoy(_ line: ArraySlice<UInt8>) -> RecordedRequest? {
    let text = LogText(line)
    guard text[0]?.kind == .bracketed, let time = text[0].flatMap({ Timestamp(iso8601: $0.text) }),
      let (method, path) = LogText.request(text[1])
    else { return nil }
    return RecordedRequest(time: time, method: method, path: path, status: text[2].flatMap { Int($0.text) })
  }

  /// HAProxy's HTTP log, behind whatever syslog puts before it: `CLIENT:PORT [24/Nov/2026:03:12:01.655] frontend
  /// backend/server 10/0/30/69/109 200 2750 - - ---- 1/1/1/1/0 0/0 {captured} "GET /path HTTP/1.1"`: when it came.
  static func haproxy(_ line: ArraySlice<UInt8>) -> RecordedRequest? {
    let text = LogText(line)
    guard let request = text.words.last(where: { $0.kind == .quoted }), let (method, path) = LogText.request(request)
    else { return nil }
    // Syslog's process number stands in brackets too, but not by itself.
    for (i, word) in text.words.enumerated() where word.kind == .bracketed {
      guard let time = LogText.commonTime(word.text), let timers = text[i + 3]?.text,
        timers.split(separator: "/").count == 5
      else { continue }
      return RecordedRequest(time: time, method: method, path: path, status: text[i + 4].flatMap { Int($0.text) })
    }
    return nil
  }
}
