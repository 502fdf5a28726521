/// What one event of a stream of tokens says: read in one pass over its bytes, without memory of its own.
///
/// Keys count where the formats have them and nowhere else: `content` inside `delta` is a token, `content` inside
/// `logprobs` or inside somebody's text is not.
struct TokenEvent: Equatable {
  /// Whether it brings output: text, reasoning, or a piece of a tool call.
  var hasContent = false
  /// Whether what it brings is reasoning.
  var isReasoning = false
  /// Output and input tokens as the service counts them, and those of the input that it had in its cache; -1 where the
  /// event does not say.
  var outputTokens = -1
  var inputTokens = -1
  var cachedTokens = -1
  /// Whether it says that something went wrong.
  var isError = false
  /// Whether it ends the stream: `[DONE]`, a reason for finishing, or the format's last event.
  var isEnd = false
  /// What it is written in; nil where nothing tells.
  var format: StreamFormat?
  /// The bytes of the output text, still escaped; empty where there are none, or several pieces.
  var text: Range<Int> = 0..<0

  /// - Parameter asked: the format that the stream is known to have; nil to take whatever is one.
  init(_ data: UnsafeBufferPointer<UInt8>, as asked: StreamFormat? = nil) {
    var scan = TokenScan(data)
    scan.run()
    isError = scan.isError
    if data.count == 6, TokenScan.equals(data, 0..<6, "[DONE]") {
      isEnd = true
      return
    }
    if asked == .events {
      hasContent = !data.isEmpty
      return
    }
    format = scan.format
    outputTokens = scan.outputTokens
    inputTokens = scan.inputTokens
    cachedTokens = scan.cachedTokens
    if let asked, let format, format != asked { return }
    isEnd = scan.isEnd
    hasContent = scan.hasContent && !isError
    isReasoning = scan.isReasoning
    text = scan.text
  }
}

/// One pass over the JSON of an event.
struct TokenScan {
  private enum Key: UInt8 {
    case other, choices, delta, content, reasoning, reasoningContent, toolCalls, functionCall, function, arguments, name
    case text, usage, completionTokens, outputTokens, inputTokens, promptTokens, error, type, message, response
    case thinking, done, evalCount, promptEvalCount, textOutput, token, generatedText, details, generatedTokens
    case finishReason, partialJSON, refusal, object, cachedTokens, cacheReadInputTokens, item, special, audio
  }

  private let data: UnsafeBufferPointer<UInt8>
  private var place = 0
  /// The keys that lead to where the scan is, the outermost first; arrays stand under their own key.
  private var path: (Key, Key, Key, Key, Key, Key, Key, Key) = (
    .other, .other, .other, .other, .other, .other, .other, .other
  )
  private var depth = 0

  private(set) var hasContent = false
  private(set) var isReasoning = false
  private(set) var outputTokens = -1
  private(set) var inputTokens = -1
  private(set) var cachedTokens = -1
  private(set) var isError = false
  private(set) var isEnd = false
  private(set) var text: Range<Int> = 0..<0
  private var sawChoices = false
  private var sawDelta = false
  private var sawChoiceText = false
  private var sawMessage = false
  private var sawResponse = false
  private var sawDone = false
  private var sawTextOutput = false
  private var sawToken = false
  private var isSpecialToken = false
  private var type: Range<Int> = 0..<0
  /// The string under `delta` of the outermost object: Responses.
  private var topDelta: Range<Int>?
  private var topText: Range<Int>?

  init(_ data: UnsafeBufferPointer<UInt8>) { self.data = data }

  /// What the keys say that it is.
  var format: StreamFormat? {
    if sawChoices { return sawChoiceText && !sawDelta ? .openAICompletions : sawDelta ? .openAIChat : nil }
    if sawTextOutput { return .kserve }
    if sawDone, sawResponse || sawMessage { return .ollama }
    if sawToken { return .tgi }
    if !type.isEmpty {
      if hasPrefix(type, "response.") { return .openAIResponses }
      if isAnthropicType { return .anthropic }
    }
    return nil
  }

  private var isAnthropicType: Bool {
    hasPrefix(type, "content_block_") || hasPrefix(type, "message_") || Self.equals(data, type, "ping")
  }

  mutating func run() {
    skipSpace()
    guard place < data.count, data[place] == 0x7B else { return }
    value(key: .other)
    if hasPrefix(type, "response.") {
      if let topDelta, !topDelta.isEmpty, hasSuffix(type, ".delta") {
        take(topDelta, isReasoning: contains(type, "reasoning"))
      }
      if Self.equals(data, type, "response.completed") || Self.equals(data, type, "response.incomplete") {
        isEnd = true
      }
      if Self.equals(data, type, "response.failed") { isError = true }
    }
    if Self.equals(data, type, "message_stop") { isEnd = true }
    if Self.equals(data, type, "error") { isError = true }
    if sawToken, isSpecialToken { hasContent = false }
  }

  private mutating func take(_ range: Range<Int>, isReasoning: Bool = false) {
    guard !range.isEmpty else { return }
    text = hasContent || isReasoning ? 0..<0 : range
    self.isReasoning = isReasoning
    hasContent = true
  }

  // MARK: What a value means where it stands

  private func key(_ back: Int) -> Key {
    let level = depth - 1 - back
    switch level {
    case 0: return path.0
    case 1: return path.1
    case 2: return path.2
    case 3: return path.3
    case 4: return path.4
    case 5: return path.5
    case 6: return path.6
    case 7: return path.7
    default: return .other
    }
  }
  private mutating func setKey(_ key: Key) {
    switch depth - 1 {
    case 0: path.0 = key
    case 1: path.1 = key
    case 2: path.2 = key
    case 3: path.3 = key
    case 4: path.4 = key
    case 5: path.5 = key
    case 6: path.6 = key
    case 7: path.7 = key
    default: break
    }
  }

  private mutating func string(_ range: Range<Int>) {
    let parent = key(1)
    switch key(0) {
    case .content where parent == .delta: take(range)
    case .content where parent == .message && depth == 2:
      // Ollama's chat; in the OpenAI formats a message stands inside a choice, in an answer that is no stream.
      take(range)
    case .content where parent == .message && key(2) == .choices: take(range)
    case .thinking where parent == .message && depth == 2: take(range, isReasoning: true)
    case .reasoning where parent == .delta, .reasoningContent where parent == .delta, .thinking where parent == .delta:
      take(range, isReasoning: true)
    case .refusal where parent == .delta: take(range)
    case .partialJSON where parent == .delta: take(range)
    case .text where parent == .delta: take(range)
    case .text where parent == .choices:
      sawChoiceText = true
      take(range)
    case .text where parent == .token:
      sawToken = true
      take(range)
    case .arguments, .name:
      // delta.tool_calls[].function.arguments, delta.function_call.arguments, message.tool_calls[].function.name
      if parent == .function && key(2) == .toolCalls || parent == .functionCall && key(2) == .delta {
        if !range.isEmpty {
          hasContent = true
          text = 0..<0
        }
      }
    case .response where depth == 1:
      sawResponse = true
      take(range)
    case .thinking where depth == 1: take(range, isReasoning: true)
    case .textOutput where depth == 1:
      sawTextOutput = true
      take(range)
    case .delta where depth == 1: topDelta = range
    case .type where depth == 1: type = range
    case .object where depth == 1: if Self.equals(data, range, "error") { isError = true }
    case .error where depth == 1: if !range.isEmpty { isError = true }
    case .finishReason where parent == .choices: if !range.isEmpty { isEnd = true }
    case .generatedText where depth == 1: isEnd = true
    default: break
    }
  }

  private mutating func number(_ value: Int) {
    let parent = key(1)
    switch key(0) {
    case .completionTokens, .outputTokens:
      if parent == .usage { outputTokens = value }
    case .promptTokens, .inputTokens:
      if parent == .usage { inputTokens = value }
    case .cachedTokens, .cacheReadInputTokens: if depth > 1 { cachedTokens = value }
    case .generatedTokens where parent == .details: outputTokens = value
    case .evalCount where depth == 1: outputTokens = value
    case .promptEvalCount where depth == 1: inputTokens = value
    default: break
    }
  }

  private mutating func literal(isTrue: Bool) {
    switch key(0) {
    case .done where depth == 1:
      sawDone = true
      if isTrue { isEnd = true }
    case .special where key(1) == .token: isSpecialToken = isTrue
    default: break
    }
  }

  private mutating func container(isObject: Bool) {
    switch key(0) {
    case .choices where depth == 1: sawChoices = true
    case .delta where key(1) == .choices: sawDelta = true
    case .message where depth == 1: sawMessage = true
    case .token where depth == 1: sawToken = true
    case .error where depth == 1: if isObject { isError = true }
    default: break
    }
  }

  // MARK: JSON

  private mutating func skipSpace() {
    while place < data.count, data[place] <= 0x20 { place &+= 1 }
  }

  private mutating func value(key: Key) {
    skipSpace()
    guard place < data.count, depth < 64 else {
      place = data.count
      return
    }
    switch data[place] {
    case 0x7B: object()
    case 0x5B:
      container(isObject: false)
      place &+= 1
      skipSpace()
      while place < data.count, data[place] != 0x5D {
        value(key: key)
        skipSpace()
        if place < data.count, data[place] == 0x2C { place &+= 1 } else { break }
        skipSpace()
      }
      if place < data.count, data[place] == 0x5D { place &+= 1 }
    case 0x22:
      let range = stringRange()
      string(range)
    default:
      let start = place
      while place < data.count, data[place] != 0x2C, data[place] != 0x7D, data[place] != 0x5D, data[place] > 0x20 {
        place &+= 1
      }
      if place == start {
        place = data.count
        return
      }
      switch data[start] {
      case 0x74: literal(isTrue: true)
      case 0x66: literal(isTrue: false)
      case 0x6E: break
      default: if let n = Self.integer(data, start..<place) { number(n) }
      }
    }
  }

  private mutating func object() {
    if depth > 0 { container(isObject: true) }
    place &+= 1
    depth &+= 1
    defer { depth &-= 1 }
    skipSpace()
    while place < data.count, data[place] == 0x22 {
      let name = stringRange()
      let key = Self.key(data, name)
      skipSpace()
      guard place < data.count, data[place] == 0x3A else {
        place = data.count
        return
      }
      place &+= 1
      setKey(key)
      value(key: key)
      skipSpace()
      if place < data.count, data[place] == 0x2C { place &+= 1 } else { break }
      skipSpace()
    }
    if place < data.count, data[place] == 0x7D { place &+= 1 }
  }

  /// The inside of the string that begins here; moves behind it.
  private mutating func stringRange() -> Range<Int> {
    place &+= 1
    let start = place
    while place < data.count, data[place] != 0x22 { place &+= data[place] == 0x5C ? 2 : 1 }
    let end = min(place, data.count)
    place = min(data.count, end &+ 1)
    return min(start, end)..<end
  }

  private static func integer(_ data: UnsafeBufferPointer<UInt8>, _ range: Range<Int>) -> Int? {
    var value = 0
    for i in range {
      guard data[i] >= 0x30, data[i] <= 0x39, value < 1_000_000_000_000 else {
        return i > range.lowerBound ? value : nil
      }
      value = value &* 10 &+ Int(data[i] &- 0x30)
    }
    return value
  }

  static func equals(_ data: UnsafeBufferPointer<UInt8>, _ range: Range<Int>, _ word: StaticString) -> Bool {
    guard range.count == word.utf8CodeUnitCount else { return false }
    for i in 0..<range.count where data[range.lowerBound &+ i] != word.utf8Start[i] { return false }
    return true
  }
  private func hasPrefix(_ range: Range<Int>, _ word: StaticString) -> Bool {
    let n = word.utf8CodeUnitCount
    return range.count >= n && Self.equals(data, range.lowerBound..<range.lowerBound &+ n, word)
  }
  private func hasSuffix(_ range: Range<Int>, _ word: StaticString) -> Bool {
    let n = word.utf8CodeUnitCount
    return range.count >= n && Self.equals(data, range.upperBound &- n..<range.upperBound, word)
  }
  private func contains(_ range: Range<Int>, _ word: StaticString) -> Bool {
    let n = word.utf8CodeUnitCount
    guard range.count >= n else { return false }
    return (range.lowerBound...range.upperBound &- n).contains { Self.equals(data, $0..<$0 &+ n, word) }
  }

  private static func key(_ data: UnsafeBufferPointer<UInt8>, _ name: Range<Int>) -> Key {
    func it(_ word: StaticString, _ key: Key) -> Key { equals(data, name, word) ? key : .other }
    guard let first = name.first.map({ data[$0] }) else { return .other }
    switch (name.count, first) {
    case (4, 0x74): return it("text", .text) == .text ? .text : it("type", .type)
    case (4, 0x6E): return it("name", .name)
    case (4, 0x64): return it("done", .done)
    case (4, _): return it("item", .item)
    case (5, 0x64): return it("delta", .delta)
    case (5, 0x75): return it("usage", .usage)
    case (5, 0x65): return it("error", .error)
    case (5, 0x74): return it("token", .token)
    case (5, _): return it("audio", .audio)
    case (6, _): return it("object", .object)
    case (7, 0x63): return it("content", .content) == .content ? .content : it("choices", .choices)
    case (7, 0x6D): return it("message", .message)
    case (7, 0x72): return it("refusal", .refusal)
    case (7, 0x64): return it("details", .details)
    case (7, _): return it("special", .special)
    case (8, 0x66): return it("function", .function)
    case (8, 0x72): return it("response", .response)
    case (8, _): return it("thinking", .thinking)
    case (9, 0x61): return it("arguments", .arguments)
    case (9, _): return it("reasoning", .reasoning)
    case (10, 0x74): return it("tool_calls", .toolCalls)
    case (10, _): return it("eval_count", .evalCount)
    case (11, _): return it("text_output", .textOutput)
    case (12, 0x6F): return it("output_tokens", .outputTokens)
    case (12, 0x70): return it("partial_json", .partialJSON)
    case (12, _): return it("input_tokens", .inputTokens)
    case (13, 0x6F): return it("output_tokens", .outputTokens)
    case (13, 0x70): return it("prompt_tokens", .promptTokens)
    case (13, 0x63): return it("cached_tokens", .cachedTokens)
    case (13, 0x66):
      return it("finish_reason", .finishReason) == .finishReason ? .finishReason : it("function_call", .functionCall)
    case (14, _): return it("generated_text", .generatedText)
    case (16, _): return it("generated_tokens", .generatedTokens)
    case (17, 0x72): return it("reasoning_content", .reasoningContent)
    case (17, _):
      return it("prompt_eval_count", .promptEvalCount) == .promptEvalCount
        ? .promptEvalCount : it("completion_tokens", .completionTokens)
    case (23, _): return it("cache_read_input_tokens", .cacheReadInputTokens)
    default: return .other
    }
  }
}
