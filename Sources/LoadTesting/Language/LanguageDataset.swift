import Documents
import Quantities

/// Reads what is asked of language models from the files in use.
public enum LanguageDataset {
  public enum Format: String, Sendable, CaseIterable {
    /// A JSON array of `{"conversations": [{"from": "human", "value": ...}, ...]}`.
    case shareGPT = "sharegpt"
    /// JSON a line: `{"messages": [...]}` or `{"prompt": ...}`, of OpenAI's batches within `body`.
    case openAI = "openai"
    /// JSON a line: `{"timestamp": ms, "input_length": n, "output_length": n, "hash_ids": [...]}`.
    case mooncake
    /// A table with columns of lengths, or of prompts.
    case csv
  }
  public struct Options: Sendable {
    public var format: Format?
    /// The columns of a table; nil to find them by their names.
    public var inputColumn: String?
    public var outputColumn: String?
    /// The most turns of a conversation that are asked.
    public var mostTurns = 1
    /// What a table or a conversation does not say.
    public var output: LengthDistribution?
    public var pause = LengthDistribution(0)
    public var seed: UInt64 = 1
    /// Whether the service takes messages; else conversations become one text.
    public var takesMessages = true
    public init() {}
  }

  /// The names of columns that hold lengths, in lower case: Azure's and BurstGPT's traces, Vidur's tables, and what
  /// people write.
  static let inputNames = [
    "contexttokens", "request tokens", "num_prefill_tokens", "input_length", "input_tokens", "prompt_tokens",
    "input_len", "prompt_len", "isl", "input",
  ]
  static let outputNames = [
    "generatedtokens", "response tokens", "num_decode_tokens", "output_length", "output_tokens", "completion_tokens",
    "output_len", "max_tokens", "osl", "output",
  ]
  static let timeNames = ["timestamp", "time", "arrived_at", "arrival_time", "arrival"]
  static let promptNames = ["prompt", "text", "question", "instruction"]
  /// Tokens to a block of a Mooncake trace ("Mooncake: A KVCache-centric Disaggregated Architecture", 2024, 4).
  static let blockSize = 512

  /// - Throws: ``LoadTestingError`` for what cannot be used, `Diagnostics` for what cannot be read.
  public static func sessions(path: String, _ options: Options) throws -> [LanguageSession] {
    let bytes = try Input.read(path: path, limit: 4 << 30)
    func bad(_ problem: String, _ remedy: String) -> LoadTestingError {
      LoadTestingError(.badSettings, "'\(path)' \(problem)", remedy: remedy)
    }
    guard let first = bytes.first(where: { $0 > 32 }) else { throw bad("is empty", "give a data set with --dataset") }
    var sessions: [LanguageSession]
    switch (options.format, first) {
    case (.csv, _),
      (nil, _) where options.format == .csv || first != 0x5B && first != 0x7B:
      sessions = try table(path: path, options)
    case (_, 0x5B):
      let nodes = try JSON.parse(bytes, file: path).elements ?? []
      sessions = nodes.enumerated().compactMap { session($1, $0, options) }
    default: sessions = try lines(bytes, path: path, options)
    }
    sessions = sessions.filter { !$0.turns.isEmpty }
    guard !sessions.isEmpty else {
      throw bad(
        "holds nothing to ask",
        "give ShareGPT's JSON, OpenAI's JSON lines, a Mooncake trace, or a CSV file with lengths (--input-column)")
    }
    return ordered(sessions)
  }

  /// By their times, from the first; where none is named, as they stand.
  private static func ordered(_ sessions: [LanguageSession]) -> [LanguageSession] {
    guard sessions.allSatisfy({ $0.time != nil }), let first = sessions.compactMap(\.time).min() else {
      return sessions
    }
    return sessions.enumerated().sorted { a, b in
      (a.element.time ?? 0, a.offset) < (b.element.time ?? 0, b.offset)
    }.map { item in
      var session = item.element
      session.time = (session.time ?? first) - first
      return session
    }
  }

  private static func lines(_ bytes: [UInt8], path: String, _ options: Options) throws -> [LanguageSession] {
    var reader = NDJSONReader(file: path)
    var sessions: [LanguageSession] = []
    var places: [String: Int] = [:]
    var number = 0
    let take: (UnsafeRawBufferPointer, Int) throws -> Void = { line, _ in
      guard line.contains(where: { $0 > 32 }) else { return }
      let node = try JSON.parse(line, file: path)
      defer { number += 1 }
      guard let session = session(node, number, options) else { return }
      // Lines of one session are its turns.
      if let name = node["session_id"]?.text ?? node["chat_id"]?.text {
        if let place = places[name] {
          var turn = session.turns[0]
          turn.pause = (node["delay"]?.number).map { $0 / 1e3 } ?? turn.pause
          sessions[place].turns.append(turn)
          return
        }
        places[name] = sessions.count
      }
      sessions.append(session)
    }
    try bytes.withUnsafeBytes { try reader.feed($0, take) }
    try reader.finish(take)
    return sessions
  }

  /// What one document asks; nil where it asks nothing.
  static func session(_ node: Node, _ number: Int, _ options: Options) -> LanguageSession? {
    var random = RandomStream(seed: options.seed, item: UInt64(number))
    let node = node["body"] ?? node
    let asked = ["max_tokens", "max_completion_tokens", "max_output_tokens", "output_length", "output_tokens"]
      .compactMap { node[$0]?.integer }.first { $0 > 0 }
    let output = asked ?? options.output?.count(&random)
    if let input = node["input_length"]?.integer ?? node["input_tokens"]?.integer {
      let blocks = (node["hash_ids"]?.numbers ?? []).compactMap { Int(exactly: $0) }
      let text: LanguageSession.Text =
        blocks.isEmpty
        ? .made(tokens: max(1, input), seed: random.next()) : .blocks(blocks, size: blockSize, tokens: max(1, input))
      return LanguageSession(
        [.init(text, outputTokens: output)], time: node["timestamp"]?.number.map { $0 / 1e3 })
    }
    if let said = node["conversations"]?.elements ?? node["conversation"]?.elements {
      return conversation(said, options, asked, &random)
    }
    if let messages = node["messages"], let list = messages.elements, !list.isEmpty {
      if options.takesMessages {
        var json = JSONWriter()
        json.node(messages)
        return LanguageSession([.init(.messages(json.text), outputTokens: output)])
      }
      return LanguageSession([.init(.words(list.compactMap(content).joined(separator: "\n")), outputTokens: output)])
    }
    if let prompt = node["prompt"]?.string ?? node["text"]?.string ?? node["question"]?.string
      ?? node["text_input"]?.string
    {
      return LanguageSession([.init(.words(prompt), outputTokens: output)])
    }
    return nil
  }

  private static func content(_ message: Node) -> String? { message["content"]?.string ?? message["value"]?.string }

  /// Questions and answers in turn. The length of an answer, where nobody asks for another, is a token for every four
  /// characters of it, as English has them.
  private static func conversation(
    _ said: [Node], _ options: Options, _ asked: Int?, _ random: inout RandomStream
  ) -> LanguageSession? {
    var turns: [LanguageSession.Turn] = []
    for message in said {
      guard let text = content(message) else { continue }
      switch message["from"]?.string ?? message["role"]?.string ?? "" {
      case "human", "user":
        if turns.count >= max(1, options.mostTurns) { return LanguageSession(turns) }
        turns.append(
          .init(
            .words(text), outputTokens: asked ?? options.output?.count(&random),
            pause: turns.isEmpty ? 0 : options.pause.draw(&random)))
      case "gpt", "assistant", "chatgpt", "bing", "bard":
        if !turns.isEmpty, turns[turns.count - 1].outputTokens == nil {
          turns[turns.count - 1].outputTokens = max(1, text.unicodeScalars.count / 4)
        }
      default: break
      }
    }
    return turns.isEmpty ? nil : LanguageSession(turns)
  }

  private static func table(path: String, _ options: Options) throws -> [LanguageSession] {
    let header = try CSVTable.preview(path: path).header
    func column(_ asked: String?, _ names: [String]) throws -> String? {
      if let asked {
        guard header.contains(asked) else {
          throw LoadTestingError(
            .badSettings, "'\(path)' has no column '\(asked)'", remedy: "it has \(header.joined(separator: ", "))")
        }
        return asked
      }
      return names.compactMap { name in header.first { $0.lowercased() == name } }.first
    }
    let input = try column(options.inputColumn, inputNames)
    let output = try column(options.outputColumn, outputNames)
    let time = try column(nil, timeNames)
    let prompt = input == nil ? try column(nil, promptNames) : nil
    guard input != nil || prompt != nil else {
      throw LoadTestingError(
        .badSettings, "'\(path)' has no column of input lengths",
        remedy: "name one with --input-column: it has \(header.joined(separator: ", "))")
    }
    let wanted = [input, output, time, prompt].compactMap { $0 }
    let table = try CSVTable.read(path: path, columns: wanted.map { .text($0) })
    func number(_ name: String?, _ row: Int) -> Double? {
      name.flatMap { table.texts($0) }.flatMap { Double($0[row]) }
    }
    return (0..<table.rowCount).compactMap { row in
      var random = RandomStream(seed: options.seed, item: UInt64(row))
      let length = number(output, row).flatMap { $0 >= 1 && $0 < 1e7 ? Int($0) : nil }
      let moment = time.flatMap { table.texts($0) }.flatMap { column -> Double? in
        let text = column[row]
        if let value = Double(text) { return value.isFinite ? value : nil }
        return Timestamp(iso8601: text).map { Double($0.nanosecondsSinceEpoch) / 1e9 }
      }
      let text: LanguageSession.Text
      if let prompt {
        guard let words = table.texts(prompt)?[row], !words.isEmpty else { return nil }
        text = .words(words)
      } else {
        guard let tokens = number(input, row), tokens >= 1, tokens < 1e7 else { return nil }
        text = .made(tokens: Int(tokens), seed: random.next())
      }
      return LanguageSession([.init(text, outputTokens: length ?? options.output?.count(&random))], time: moment)
    }
  }
}
