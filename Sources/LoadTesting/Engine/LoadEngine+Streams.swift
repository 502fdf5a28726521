import Wire

extension LoadEngine {
  mutating func beginStream(_ index: Int) {
    streams[index].begin()
    connections[index].firstToken = 0
    connections[index].lastToken = 0
    connections[index].tokens = 0
    connections[index].usage = -1
  }

  /// Takes in a piece of a stream: notes when content came.
  mutating func readStream(_ index: Int, _ bytes: UnsafePointer<UInt8>, _ count: Int, _ now: Int64) {
    let connection = connections + index
    var offset = 0
    while streams[index].next(bytes, count, from: &offset) {
      let chunk = streams[index].data.withUnsafeBufferPointer { TokenChunk($0) }
      if chunk.usage >= 0 { connection.pointee.usage = chunk.usage }
      if chunk.hasContent { noteToken(index, now) }
    }
  }

  mutating func noteToken(_ index: Int, _ now: Int64) {
    let connection = connections + index
    let isMeasured = connection.pointee.scheduled >= measureFrom
    connection.pointee.tokens &+= 1
    if connection.pointee.firstToken == 0 {
      connection.pointee.firstToken = now
      if isMeasured { records.firstTokens.record(now &- connection.pointee.scheduled) }
    } else if isMeasured {
      records.gaps.record(max(0, now &- connection.pointee.lastToken))
    }
    connection.pointee.lastToken = now
  }

  mutating func concludeStream(_ index: Int) {
    let connection = connections + index
    guard connection.pointee.scheduled >= measureFrom else { return }
    let isCounted = connection.pointee.usage >= 0
    let tokens = isCounted ? connection.pointee.usage : connection.pointee.tokens
    records.tokens &+= tokens
    if isCounted { records.countedStreams &+= 1 }
    records.streams &+= 1
    if tokens > 1, connection.pointee.tokens > 1 {
      records.tokenTimes.record(
        (connection.pointee.lastToken &- connection.pointee.firstToken) / Int64(tokens &- 1))
    }
  }
}

/// What one event of a stream of tokens says, found without reading it as JSON.
struct TokenChunk: Equatable {
  /// Whether it brings content: a non-empty `content`, `reasoning_content` or `text` of the OpenAI formats; for
  /// services that speak another format, anything but the closing `[DONE]`.
  var hasContent = false
  /// `completion_tokens`, or -1.
  var usage = -1

  init(_ data: UnsafeBufferPointer<UInt8>) {
    var isKnownFormat = false
    var i = 0
    let n = data.count
    while i < n {
      guard data[i] == 0x22 else {
        i &+= 1
        continue
      }
      // A quote that opens a key stands behind no backslash: escaped text inside a string is not looked into.
      let isEscaped = i > 0 && data[i &- 1] == 0x5C
      i &+= 1
      if isEscaped || i >= n { continue }
      switch data[i] {
      case 0x63:
        if let value = Self.value(of: "content", data, i) {
          isKnownFormat = true
          if Self.isNonEmptyString(data, value) { hasContent = true }
        } else if Self.value(of: "choices", data, i) != nil {
          isKnownFormat = true
        } else if let value = Self.value(of: "completion_tokens", data, i) {
          isKnownFormat = true
          usage = Self.number(data, value) ?? usage
        }
      case 0x72:
        if let value = Self.value(of: "reasoning_content", data, i), Self.isNonEmptyString(data, value) {
          hasContent = true
        }
      case 0x74:
        if let value = Self.value(of: "text", data, i), Self.isNonEmptyString(data, value) { hasContent = true }
      default: break
      }
    }
    if !isKnownFormat, !hasContent {
      let done: StaticString = "[DONE]"
      hasContent = n > 0 && !(n == 6 && (0..<6).allSatisfy { data[$0] == done.utf8Start[$0] })
    }
  }

  /// Where the value of a key begins whose name stands at `start`.
  private static func value(of key: StaticString, _ data: UnsafeBufferPointer<UInt8>, _ start: Int) -> Int? {
    let length = key.utf8CodeUnitCount
    guard start &+ length < data.count, data[start &+ length] == 0x22 else { return nil }
    for k in 0..<length where data[start &+ k] != key.utf8Start[k] { return nil }
    var i = start &+ length &+ 1
    while i < data.count, data[i] == 0x20 { i &+= 1 }
    guard i < data.count, data[i] == 0x3A else { return nil }
    i &+= 1
    while i < data.count, data[i] == 0x20 { i &+= 1 }
    return i < data.count ? i : nil
  }
  private static func isNonEmptyString(_ data: UnsafeBufferPointer<UInt8>, _ at: Int) -> Bool {
    data[at] == 0x22 && at &+ 1 < data.count && data[at &+ 1] != 0x22
  }
  private static func number(_ data: UnsafeBufferPointer<UInt8>, _ at: Int) -> Int? {
    var i = at
    var value = 0
    while i < data.count, data[i] >= 0x30, data[i] <= 0x39, value < 1_000_000_000_000 {
      value = value &* 10 &+ Int(data[i] &- 0x30)
      i &+= 1
    }
    return i > at ? value : nil
  }
}
