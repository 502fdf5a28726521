import Quantities

/// A file of GoReplay: payloads behind a line `1 ID TIME ...` (nanoseconds since 1970), with a line of three monkeys
/// between them. Only requests (type 1) count.
enum GoReplayFile {
  static let separator = Array("\n🐵🙈🙉\n".utf8)

  static func isOne(_ bytes: [UInt8]) -> Bool {
    bytes.count > 2 && bytes[1] == 32 && (0x31...0x33).contains(bytes[0]) && bytes.firstIndex(of: 10) != nil
      && bytes.prefix { $0 != 10 }.split(separator: 32).count >= 3
  }

  /// The payloads, in their order.
  static func payloads(_ bytes: [UInt8]) -> [ArraySlice<UInt8>] {
    var result: [ArraySlice<UInt8>] = []
    var start = 0
    while start < bytes.count {
      let end = find(separator, in: bytes, from: start) ?? bytes.count
      result.append(bytes[start..<end])
      start = end + separator.count
    }
    return result
  }

  private static func find(_ needle: [UInt8], in bytes: [UInt8], from start: Int) -> Int? {
    guard bytes.count >= needle.count else { return nil }
    var i = start
    while i <= bytes.count - needle.count {
      if bytes[i] == needle[0], bytes[i + 1] == needle[1], bytes[i..<i + needle.count].elementsEqual(needle) {
        return i
      }
      i += 1
    }
    return nil
  }

  /// The request of a payload: its content as it was meant, not as it was framed on the recorded connection.
  static func request(_ bytes: ArraySlice<UInt8>) -> RecordedRequest? {
    guard let lineEnd = bytes.firstIndex(of: 10) else { return nil }
    let words = String(decoding: bytes[..<lineEnd], as: UTF8.self).split(separator: " ")
    guard words.count >= 3, words[0] == "1", let time = Int64(words[2]) else { return nil }
    let message = bytes[(lineEnd + 1)...]
    var headEnd = message.endIndex
    var bodyStart = message.endIndex
    var i = message.startIndex
    while i + 3 < message.endIndex {
      if message[i] == 13, message[i + 1] == 10, message[i + 2] == 13, message[i + 3] == 10 {
        headEnd = i
        bodyStart = i + 4
        break
      }
      i += 1
    }
    let head = String(decoding: message[..<headEnd], as: UTF8.self).split(separator: "\r\n").map(String.init)
    guard let first = head.first?.split(separator: " "), first.count == 3 else { return nil }
    guard let body = content(head, message[bodyStart...]) else { return nil }
    return RecordedRequest(
      time: Timestamp(nanosecondsSinceEpoch: time), method: String(first[0]), path: String(first[1]),
      headers: Array(head.dropFirst()), body: body)
  }

  /// The content of a message: chunks put together, a length kept; nil where they do not hold.
  private static func content(_ head: [String], _ body: ArraySlice<UInt8>) -> [UInt8]? {
    func value(_ name: String) -> String? {
      for line in head.dropFirst() {
        guard let colon = line.firstIndex(of: ":"), line[..<colon].lowercased() == name else { continue }
        return String(line[line.index(after: colon)...].drop { $0 == " " }).lowercased()
      }
      return nil
    }
    if value("transfer-encoding")?.hasSuffix("chunked") == true { return dechunked(body) }
    if let length = value("content-length").flatMap({ Int($0) }) {
      guard length >= 0, length <= body.count else { return nil }
      return Array(body.prefix(length))
    }
    return Array(body)
  }

  /// RFC 9112, 7.1: sizes in hexadecimal, each before its bytes, and 0 at the end.
  static func dechunked(_ bytes: ArraySlice<UInt8>) -> [UInt8]? {
    var result: [UInt8] = []
    var rest = bytes
    while let end = rest.firstIndex(of: 10) {
      let line = rest[rest.startIndex..<end].prefix { $0 != 13 && $0 != 0x3B && $0 != 0x20 }
      guard let size = Int(String(decoding: line, as: UTF8.self), radix: 16), size >= 0 else { return nil }
      rest = rest[(end + 1)...]
      if size == 0 { return result }
      guard rest.count >= size else { return nil }
      result += rest.prefix(size)
      rest = rest.dropFirst(size)
      if rest.first == 13 { rest = rest.dropFirst() }
      guard rest.first == 10 else { return nil }
      rest = rest.dropFirst()
    }
    return nil
  }
}
