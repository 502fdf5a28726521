import Wire

/// What the engine keeps of the stream that an answer is: when its pieces came and what the service said of them.
///
/// Nothing of it is counted before the stream has ended well, so that streams that failed are in no percentile.
struct TokenStream {
  var events = EventStreamParser()
  /// The line that is being read, where the stream is of lines; the beginning of a body that is no stream.
  private var line: [UInt8] = []
  var media = StreamMedia.other
  /// Nanoseconds of the monotonic clock; 0 before the first content.
  var firstToken: Int64 = 0
  var lastToken: Int64 = 0
  /// Nanoseconds between pieces of content, in their order.
  var gaps: [Float] = []
  var longestGap: Float = 0
  /// Pieces of content, and those of them that are reasoning.
  var pieces = 0
  var reasoningPieces = 0
  var outputTokens = -1
  var inputTokens = -1
  var cachedTokens = -1
  var isError = false
  var hasEnd = false
  /// The format that its events are in; nil while nothing tells.
  var format: StreamFormat?
  /// Events that no format explains.
  private var unknown = 0
  /// The text, where somebody wants to go on with it: JSON as it came, still escaped.
  var text: [UInt8] = []
  static let longestLine = 1 << 20

  mutating func begin() {
    events.begin()
    line.removeAll(keepingCapacity: true)
    media = .other
    firstToken = 0
    lastToken = 0
    gaps.removeAll(keepingCapacity: true)
    longestGap = 0
    pieces = 0
    reasoningPieces = 0
    outputTokens = -1
    inputTokens = -1
    cachedTokens = -1
    isError = false
    hasEnd = false
    format = nil
    unknown = 0
    text.removeAll(keepingCapacity: true)
  }

  /// Takes in a piece of the content.
  /// - Parameters:
  ///   - asked: the format that the user says it is; nil to find out.
  ///   - now: when it came.
  mutating func take(
    _ bytes: UnsafePointer<UInt8>, _ count: Int, as asked: StreamFormat?, keepsText: Bool, _ now: Int64
  ) {
    if media == .other, asked != nil { media = Self.sniffed(bytes, count, asked) }
    switch media {
    case .events:
      var offset = 0
      while events.next(bytes, count, from: &offset) {
        if events.isError { isError = true }
        events.data.withUnsafeBufferPointer { note($0, asked, keepsText, now) }
      }
    case .lines:
      var start = 0
      for i in 0..<count where bytes[i] == 0x0A {
        endLine(bytes + start, i &- start, asked, keepsText, now)
        start = i &+ 1
      }
      keep(bytes + start, count &- start)
    case .other: keep(bytes, count)
    }
  }

  /// What a service that does not say how its stream is framed sends, by its first byte.
  private static func sniffed(_ bytes: UnsafePointer<UInt8>, _ count: Int, _ asked: StreamFormat?) -> StreamMedia {
    for i in 0..<count where bytes[i] > 0x20 {
      switch bytes[i] {
      case 0x7B: return asked == .ollama || asked == .kserve ? .lines : .other
      case 0x64, 0x65, 0x3A, 0x69, 0x72: return .events
      default: return .other
      }
    }
    return .other
  }

  private mutating func keep(_ bytes: UnsafePointer<UInt8>, _ count: Int) {
    let room = min(count, Self.longestLine - line.count)
    if room > 0 { line.append(contentsOf: UnsafeBufferPointer(start: bytes, count: room)) }
  }

  private mutating func endLine(
    _ bytes: UnsafePointer<UInt8>, _ count: Int, _ asked: StreamFormat?, _ keepsText: Bool, _ now: Int64
  ) {
    if line.isEmpty {
      if count > 1 { note(UnsafeBufferPointer(start: bytes, count: count), asked, keepsText, now) }
      return
    }
    keep(bytes, count)
    let whole = line
    line.removeAll(keepingCapacity: true)
    whole.withUnsafeBufferPointer { note($0, asked, keepsText, now) }
  }

  private mutating func note(
    _ data: UnsafeBufferPointer<UInt8>, _ asked: StreamFormat?, _ keepsText: Bool, _ now: Int64
  ) {
    let event = TokenEvent(data, as: asked)
    if event.outputTokens >= 0 { outputTokens = event.outputTokens }
    if event.inputTokens >= 0 { inputTokens = event.inputTokens }
    if event.cachedTokens >= 0 { cachedTokens = event.cachedTokens }
    if event.isError { isError = true }
    if event.isEnd { hasEnd = true }
    if format == nil, let found = event.format { format = found }
    if event.hasContent {
      if event.isReasoning { reasoningPieces &+= 1 }
      if keepsText, !event.isReasoning, !event.text.isEmpty {
        text.append(contentsOf: UnsafeBufferPointer(rebasing: data[event.text]))
      }
      notePiece(now)
    } else if asked == nil, format == nil, event.format == nil, !event.isEnd, !event.isError, !data.isEmpty,
      event.outputTokens < 0
    {
      // Nothing that is known: every event is a token, as long as no format shows.
      unknown &+= 1
      notePiece(now)
    }
  }

  mutating func notePiece(_ now: Int64) {
    pieces &+= 1
    if firstToken == 0 {
      firstToken = now
    } else {
      let gap = Float(max(0, now &- lastToken))
      gaps.append(gap)
      longestGap = max(longestGap, gap)
    }
    lastToken = now
  }

  /// The answer is whole: whether it is a failure all the same.
  mutating func end(as asked: StreamFormat?, keepsText: Bool, _ now: Int64) -> StreamFailure? {
    if media == .lines, !line.isEmpty {
      let rest = line
      line.removeAll(keepingCapacity: true)
      rest.withUnsafeBufferPointer { note($0, asked, keepsText, now) }
    }
    if media == .other {
      let says = line.withUnsafeBufferPointer { TokenEvent($0).isError }
      return says ? .error : .notAStream
    }
    if isError { return .error }
    if pieces == 0 { return .empty }
    let kind = asked ?? format ?? .events
    return kind.hasEndMark && !hasEnd ? .unfinished : nil
  }

  /// Whether a body that was kept in pieces, of an answer that is no stream, says that something went wrong.
  var saysError: Bool { line.withUnsafeBufferPointer { TokenEvent($0).isError } }

  /// Tokens: as the service counted them, else pieces of content.
  var tokens: Int { outputTokens >= 0 ? outputTokens : pieces }
  /// Tokens to a piece, where the service says that its pieces hold several: 1.2 and more. Below that the difference is
  /// the token that ends the text, which is counted and not shown.
  var tokensPerPiece: Double {
    guard outputTokens > 0, pieces > 0 else { return 1 }
    let share = Double(outputTokens) / Double(pieces)
    return share >= 1.2 ? share : 1
  }
  /// Nanoseconds: (last - first) / (tokens - 1); nil for a single token.
  var timePerToken: Int64? {
    tokens > 1 && pieces > 1 ? (lastToken &- firstToken) / Int64(tokens &- 1) : nil
  }
}
