import Glibc
import Synchronization

/// A server that streams tokens in any of the formats in use, at a pace that is known, and keeps its own books: a truth
/// to hold a load generator's figures against.
public final class TokenServer: Sendable {
  public enum Format: String, Sendable, CaseIterable {
    case openAIChat = "openai-chat"
    case openAICompletions = "openai-completions"
    case openAIResponses = "openai-responses"
    case anthropic, ollama, kserve, tgi
    case ollamaChat = "ollama-chat"
    case plain = "events"
  }
  public enum Content: Sendable { case text, reasoning, reasoningContent, toolCalls }
  public enum Ending: Sendable, Hashable {
    case whole
    /// The last mark is left out.
    case withoutEnd
    /// An error event behind the tokens.
    case error
    /// As an event that is named so, with words instead of JSON.
    case namedError
    /// JSON with status 200 and no stream.
    case noStream
    case errorBody
    /// A plain status.
    case status(Int)
    /// The connection ends within the stream.
    case cutOff
  }
  /// Where the service says how many tokens there were.
  public enum Usage: Sendable { case none, atEnd, everyChunk, withLastChunk }

  public struct Script: Sendable {
    public var format = Format.openAIChat
    public var content = Content.text
    public var tokens = 10
    public var perChunk = 1
    /// Seconds to the first chunk, and between two tokens.
    public var first = 0.05
    public var gap = 0.01
    public var ending = Ending.whole
    public var usage = Usage.atEnd
    /// Pings and empty starts among the tokens.
    public var pings = true
    public init() {}
    public init(_ change: (inout Script) -> Void) { change(&self) }
  }

  /// What the server did of one request, in seconds.
  public struct Book: Sendable {
    public var body = ""
    /// When the request had been read, in nanoseconds of the monotonic clock.
    public var arrived: Int64 = 0
    /// When each chunk began to be sent, and when it had been.
    public var chunkTimes: [Int64] = []
    public var sentTimes: [Int64] = []
    /// Which connection it came over, from 0.
    public var connection = 0
    public var tokens = 0
    public var isWhole = false
    public var ttft: Double? { chunkTimes.first.map { Double($0 - arrived) / 1e9 } }
    /// When each chunk went out: not before, not after.
    public var sent: [ClosedRange<Int64>] { zip(chunkTimes, sentTimes).map { $0...$1 } }
    /// Seconds by which the time from the first chunk to the last is not known.
    public var unsure: Double {
      [sent.first, sent.last].compactMap { $0.map { Double($0.upperBound - $0.lowerBound) / 1e9 } }.reduce(0, +)
    }
    public var gaps: [Double] { zip(chunkTimes, chunkTimes.dropFirst()).map { Double($1 - $0) / 1e9 } }
    public var tpot: Double? {
      guard tokens > 1, let first = chunkTimes.first, let last = chunkTimes.last, last > first else { return nil }
      return Double(last - first) / 1e9 / Double(tokens - 1)
    }
  }
  private let base: LoopbackServer
  private let connections = Mutex(0)
  private let books = Mutex<[Book]>([])
  private let script: @Sendable (Int, String) -> Script

  /// - Parameter script: what happens to a request, by its number from 0 and its body.
  public init(_ script: @escaping @Sendable (Int, String) -> Script) throws {
    self.script = script
    base = try LoopbackServer()
    base.start { [self] in serve($0) }
  }
  public convenience init(_ script: Script) throws { try self.init { _, _ in script } }

  public var url: String { "http://127.0.0.1:\(base.port)/v1/chat/completions" }
  public var done: [Book] { books.withLock { $0 } }
  public var accepted: Int { base.accepted }
  public func stop() { base.stop() }

  private func serve(_ handle: Int32) {
    let connection = connections.withLock { count in
      count += 1
      return count - 1
    }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
      while let (body, end) = Self.request(bytes) {
        bytes.removeFirst(end)
        let arrived = monotonicNow()
        let number = books.withLock { books in
          books.append(Book(body: body, arrived: arrived, connection: connection))
          return books.count - 1
        }
        guard perform(script(number, body), number, handle) else { return }
      }
      let n = recv(handle, &buffer, buffer.count, 0)
      if n <= 0 { return }
      bytes.append(contentsOf: buffer[..<n])
    }
  }

  private static func request(_ bytes: [UInt8]) -> (body: String, end: Int)? {
    guard bytes.count >= 4 else { return nil }
    for i in 3..<bytes.count
    where bytes[i] == 10 && bytes[i - 1] == 13 && bytes[i - 2] == 10 && bytes[i - 3] == 13 {
      let head = String(decoding: bytes[..<i], as: UTF8.self).lowercased()
      var length = 0
      for line in head.split(whereSeparator: \.isNewline) where line.hasPrefix("content-length:") {
        length = Int(line.dropFirst(15).drop { $0 == " " }) ?? 0
      }
      guard bytes.count >= i + 1 + length else { return nil }
      return (String(decoding: bytes[(i + 1)..<(i + 1 + length)], as: UTF8.self), i + 1 + length)
    }
    return nil
  }

  private func perform(_ script: Script, _ number: Int, _ handle: Int32) -> Bool {
    func plain(_ status: String, _ body: String) -> Bool {
      sendAll(
        Array(
          "HTTP/1.1 \(status)\r\nContent-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
            .utf8),
        to: handle)
    }
    switch script.ending {
    case .noStream: return plain("200 OK", #"{"choices":[{"message":{"content":"all at once"}}]}"#)
    case .errorBody: return plain("200 OK", #"{"error":{"message":"out of memory"}}"#)
    case .status(let code): return plain("\(code) X", "{}")
    default: break
    }
    let isLines = script.format == .ollama || script.format == .ollamaChat
    let type = isLines ? "application/x-ndjson" : "text/event-stream; charset=utf-8"
    guard
      sendAll(
        Array("HTTP/1.1 200 OK\r\nContent-Type: \(type)\r\nTransfer-Encoding: chunked\r\n\r\n".utf8), to: handle)
    else { return false }
    func send(_ text: String) -> Bool {
      sendAll(Array("\(String(text.utf8.count, radix: 16))\r\n\(text)\r\n".utf8), to: handle)
    }
    func event(_ data: String) -> String { isLines ? data + "\n" : "data: \(data)\n\n" }
    let words = Words(script)
    for start in words.starts where script.pings { guard send(event(start)) else { return false } }
    var due = monotonicNow() + Int64(script.first * 1e9)
    var sent = 0
    while sent < script.tokens {
      let count = min(script.perChunk, script.tokens - sent)
      let wait = due - monotonicNow()
      if wait > 0 { usleep(UInt32(wait / 1000)) }
      let isLast = sent + count == script.tokens
      let text = event(words.chunk(sent, count, isLast: isLast))
      let now = monotonicNow()
      guard send(text) else { return false }
      let after = monotonicNow()
      sent += count
      let soFar = sent
      books.withLock {
        $0[number].chunkTimes.append(now)
        $0[number].sentTimes.append(after)
        $0[number].tokens = soFar
      }
      if script.pings, sent == count { for ping in words.pings { guard send(ping) else { return false } } }
      due += Int64(script.gap * Double(script.perChunk) * 1e9)
    }
    switch script.ending {
    case .error: guard send(event(words.error)) else { return false }
    case .namedError: guard send("event: error\ndata: out of memory\n\n") else { return false }
    case .cutOff: return false
    case .withoutEnd: break
    default:
      for end in words.ends { guard send(event(end)) else { return false } }
      books.withLock { $0[number].isWhole = true }
    }
    return sendAll(Array("0\r\n\r\n".utf8), to: handle)
  }

  /// What each format says, in the words of its documentation.
  private struct Words {
    let script: Script
    init(_ script: Script) { self.script = script }

    private var count: String { "\(script.tokens)" }
    private func text(_ from: Int, _ count: Int) -> String { (from..<from + count).map { "w\($0) " }.joined() }

    var starts: [String] {
      switch script.format {
      case .openAIChat:
        [
          #"{"id":"c","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]}"#
        ]
      case .openAIResponses:
        [
          #"{"type":"response.created","response":{"id":"r","status":"in_progress","error":null,"usage":null}}"#,
          #"{"type":"response.output_item.added","item":{"type":"message","content":[]}}"#,
        ]
      case .anthropic:
        [
          #"{"type":"message_start","message":{"id":"m","content":[],"usage":{"input_tokens":7,"output_tokens":1}}}"#,
          #"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"#, #"{"type":"ping"}"#,
        ]
      default: []
      }
    }
    var pings: [String] {
      switch script.format {
      case .anthropic: ["event: ping\ndata: {\"type\": \"ping\"}\n\n"]
      case .ollama, .ollamaChat: []
      default: [": ping\n\n"]
      }
    }
    func chunk(_ from: Int, _ n: Int, isLast: Bool) -> String {
      let words = text(from, n)
      let usage: String =
        script.usage == .everyChunk || script.usage == .withLastChunk && isLast
        ? #","usage":{"prompt_tokens":7,"completion_tokens":\#(from + n),"total_tokens":\#(from + n + 7)}"# : ""
      switch script.format {
      case .openAIChat:
        let delta =
          switch script.content {
          case .text: #"{"content":"\#(words)"}"#
          case .reasoning: #"{"reasoning":"\#(words)"}"#
          case .reasoningContent: #"{"reasoning_content":"\#(words)","content":null}"#
          case .toolCalls:
            from == 0
              ? #"{"tool_calls":[{"index":0,"id":"t","type":"function","function":{"name":"find","arguments":""}}]}"#
              : #"{"tool_calls":[{"index":0,"function":{"arguments":"{\"a\": \"\#(words)"}}]}"#
          }
        let logprobs = #""logprobs":{"content":[{"token":"w","logprob":-0.1,"bytes":[1]}]}"#
        return #"{"choices":[{"index":0,"delta":\#(delta),\#(logprobs),"finish_reason":null}]\#(usage)}"#
      case .openAICompletions:
        return #"{"object":"text_completion","choices":[{"index":0,"text":"\#(words)","finish_reason":null}]\#(usage)}"#
      case .openAIResponses:
        let kind =
          switch script.content {
          case .text: "output_text"
          case .reasoning, .reasoningContent: "reasoning_text"
          case .toolCalls: "function_call_arguments"
          }
        return #"{"type":"response.\#(kind).delta","item_id":"i","delta":"\#(words)"}"#
      case .anthropic:
        let delta =
          switch script.content {
          case .text: #"{"type":"text_delta","text":"\#(words)"}"#
          case .reasoning, .reasoningContent: #"{"type":"thinking_delta","thinking":"\#(words)"}"#
          case .toolCalls: #"{"type":"input_json_delta","partial_json":"\#(words)"}"#
          }
        return #"{"type":"content_block_delta","index":0,"delta":\#(delta)}"#
      case .ollama: return #"{"model":"m","response":"\#(words)","done":false}"#
      case .ollamaChat:
        let field = script.content == .text ? "content" : "thinking"
        return #"{"model":"m","message":{"role":"assistant","content":"","\#(field)":"\#(words)"},"done":false}"#
      case .kserve: return #"{"model_name":"m","model_version":"1","text_output":"\#(words)"}"#
      case .tgi:
        let end =
          isLast ? #""all","details":{"finish_reason":"length","generated_tokens":\#(count)}"# : #"null,"details":null"#
        return
          #"{"index":\#(from),"token":{"id":5,"text":"\#(words)","logprob":-1.5,"special":false},"generated_text":\#(end)}"#
      case .plain: return words
      }
    }
    var ends: [String] {
      switch script.format {
      case .openAIChat, .openAICompletions:
        let last =
          script.format == .openAIChat
          ? #"{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#
          : #"{"choices":[{"index":0,"text":"","finish_reason":"stop"}]}"#
        let usage =
          #"{"choices":[],"usage":{"prompt_tokens":7,"completion_tokens":\#(count),"prompt_tokens_details":{"cached_tokens":3}}}"#
        return [last] + (script.usage == .atEnd ? [usage] : []) + ["[DONE]"]
      case .openAIResponses:
        return [
          #"{"type":"response.output_text.done","text":"all of it"}"#,
          #"{"type":"response.completed","response":{"status":"completed","error":null,"usage":{"input_tokens":7,"output_tokens":\#(count)}}}"#,
        ]
      case .anthropic:
        return [
          #"{"type":"content_block_stop","index":0}"#,
          #"{"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":\#(count)}}"#,
          #"{"type":"message_stop"}"#,
        ]
      case .ollama:
        return [
          #"{"model":"m","response":"","done":true,"done_reason":"stop","prompt_eval_count":7,"eval_count":\#(count)}"#
        ]
      case .ollamaChat:
        return [
          #"{"model":"m","message":{"role":"assistant","content":""},"done":true,"done_reason":"stop","prompt_eval_count":7,"eval_count":\#(count)}"#
        ]
      case .kserve, .tgi, .plain: return []
      }
    }
    var error: String {
      switch script.format {
      case .anthropic: #"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#
      case .openAIResponses: #"{"type":"response.failed","response":{"error":{"code":"server_error"}}}"#
      case .ollama, .ollamaChat, .kserve: #"{"error":"out of memory"}"#
      default: #"{"error":{"message":"out of memory","type":"server_error","code":500}}"#
      }
    }
  }
}
