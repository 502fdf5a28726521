import Documents
import Quantities

/// One request to a language model.
public struct TokenRequest: Hashable, Sendable {
  /// Seconds since the first request of its trace.
  public var arrival: Double
  /// Tokens of the prompt and of the answer, 1 or more.
  public var input: Int
  public var output: Int
  /// The blocks of its prompt, in order, as numbers that stand for their content and all before it: requests that begin with
  /// the same blocks share so much of a prefix. Empty where nothing is known of it.
  public var blocks: [Int]

  public init(arrival: Double, input: Int, output: Int, blocks: [Int] = []) {
    self.arrival = arrival
    self.input = input
    self.output = output
    self.blocks = blocks
  }
}

/// Recorded requests to a language model: when they came, and how long prompt and answer were. Four forms are read as they
/// are:
///
/// - Lines of `{"arrival_s", "input_tokens", "output_tokens", "prefix"?}`. A `prefix` is a number of tokens that the prompt
///   shares with every other request that has one, a name (requests of one name share all of the shortest one's prompt), or
///   a list of block numbers as Mooncake's.
/// - The Azure LLM inference trace: a CSV of `TIMESTAMP,ContextTokens,GeneratedTokens`.
/// - Mooncake's: lines of `{"timestamp" (ms), "input_length", "output_length", "hash_ids"}`, a block being 512 tokens.
/// - A log of vLLM requests: lines of `{"arrival_time", "input_toks", "output_toks"}`.
public struct TokenTrace: Sendable {
  /// In the order of arrival, the first at 0.
  public let requests: [TokenRequest]
  /// Tokens of a block.
  public let blockTokens: Int
  /// Lines whose answer or prompt has no token, taken as 1.
  public let emptied: Int

  public static let mooncakeBlock = 512

  /// - Parameter path: also `.gz`, or `-` for standard input.
  /// - Throws: `DocumentError` where the file cannot be read, `Diagnostics` for what is wrong in it: all of it, up to 20.
  public static func read(path: String) throws -> TokenTrace {
    let bytes = try Input.read(path: path, limit: 4 << 30)
    return try TokenTrace(bytes, file: path == "-" ? "standard input" : path)
  }

  public init(_ bytes: [UInt8], file: String) throws {
    let first = bytes.first { $0 != 32 && $0 != 9 && $0 != 10 && $0 != 13 && $0 != 0xEF && $0 != 0xBB && $0 != 0xBF }
    guard let first else {
      throw Diagnostics([
        .error(
          "'\(file)' is empty", at: nil, path: "",
          help: "write lines of {\"arrival_s\": 0.5, \"input_tokens\": 900, \"output_tokens\": 120}")
      ])
    }
    var rows = TokenRows(file: file)
    if first == UInt8(ascii: "{") {
      var reader = NDJSONReader(file: file, limit: 4 << 30)
      try bytes.withUnsafeBytes { try reader.feed($0) { rows.take($0, $1) } }
      try reader.finish { rows.take($0, $1) }
    } else {
      try rows.takeAzure(bytes)
    }
    try rows.problems.throwIfErrors()
    guard !rows.requests.isEmpty else {
      throw Diagnostics([.error("'\(file)' holds no request", at: nil, path: "", help: "write one request a line")])
    }
    blockTokens = rows.block
    emptied = rows.emptied
    requests = rows.finished()
  }

  /// Requests of one's own.
  public init(_ requests: [TokenRequest], blockTokens: Int = mooncakeBlock) {
    let start = requests.map(\.arrival).min() ?? 0
    self.requests = requests.map {
      TokenRequest(arrival: $0.arrival - start, input: max(1, $0.input), output: max(1, $0.output), blocks: $0.blocks)
    }.sorted { $0.arrival < $1.arrival }
    self.blockTokens = max(1, blockTokens)
    emptied = 0
  }

  /// The same requests, so many times as fast one after the other.
  public func faster(by factor: Double) -> TokenTrace {
    TokenTrace(
      requests.map {
        TokenRequest(arrival: $0.arrival / factor, input: $0.input, output: $0.output, blocks: $0.blocks)
      }, blockTokens: blockTokens)
  }

  /// From the first to the last arrival, seconds.
  public var span: Double { requests.last?.arrival ?? 0 }
}

/// Gathers the requests of a file.
private struct TokenRows {
  let file: String
  var requests: [TokenRequest] = []
  var block = 16
  var emptied = 0
  var problems = Diagnostics()
  private var names: [String: Int] = [:]
  /// By name: the shortest prompt, and the requests.
  private var named: [(shortest: Int, members: [Int])] = []

  init(file: String) { self.file = file }

  mutating func take(_ bytes: UnsafeRawBufferPointer, _ line: Int) {
    guard problems.all.count < 20, !bytes.allSatisfy({ $0 == 32 || $0 == 9 || $0 == 13 }) else { return }
    let node: Node
    do throws(Diagnostics) {
      node = try JSON.parse(bytes, file: file)
    } catch {
      fail(error.all.first?.message ?? "the line is not JSON", line, "write one JSON object a line")
      return
    }
    // The forms are told apart by the name of the time.
    let forms: [(time: String, scale: Double, input: String, output: String)] = [
      ("arrival_s", 1, "input_tokens", "output_tokens"), ("timestamp", 1e-3, "input_length", "output_length"),
      ("arrival_time", 1, "input_toks", "output_toks"),
    ]
    guard let form = forms.first(where: { node[$0.time] != nil }) else {
      fail(
        "the line tells no arrival", line, "write {\"arrival_s\": 0.5, \"input_tokens\": 900, \"output_tokens\": 120}")
      return
    }
    guard let time = node[form.time]?.number, time.isFinite, abs(time) < 1e15 else {
      fail("'\(form.time)' is not a finite number", line, "write seconds, as 0.5")
      return
    }
    func tokens(_ key: String) -> Int? {
      guard let count = node[key]?.integer, (0...100_000_000).contains(count) else { return nil }
      return count
    }
    guard let input = tokens(form.input) else {
      fail("'\(form.input)' is not a whole number of tokens", line, "write a number from 0 to 100000000")
      return
    }
    guard let output = tokens(form.output) else {
      fail("'\(form.output)' is not a whole number of tokens", line, "write a number from 0 to 100000000")
      return
    }
    var request = append(time * form.scale, input, output)
    if form.time == "timestamp" {
      block = TokenTrace.mooncakeBlock
      request.blocks = (node["hash_ids"]?.elements ?? []).compactMap(\.integer)
    } else if let prefix = node["prefix"], !prefix.isNull {
      if let list = prefix.elements {
        block = TokenTrace.mooncakeBlock
        request.blocks = list.compactMap(\.integer)
      } else if let count = prefix.integer, count >= 0 {
        // Blocks of what all share: negative numbers, which no hash has.
        request.blocks = (0..<(min(count, input) / block)).map { -1 - $0 }
      } else if let name = prefix.string {
        note(name, requests.count, input)
      } else {
        fail("'prefix' is neither tokens, nor a name, nor a list of blocks", line, "write \"prefix\": 1024")
        return
      }
    }
    requests.append(request)
  }

  private mutating func append(_ time: Double, _ input: Int, _ output: Int) -> TokenRequest {
    if input == 0 || output == 0 { emptied += 1 }
    return TokenRequest(arrival: time, input: max(1, input), output: max(1, output))
  }

  private mutating func note(_ name: String, _ request: Int, _ input: Int) {
    if let index = names[name] {
      named[index].shortest = min(named[index].shortest, input)
      named[index].members.append(request)
    } else {
      names[name] = named.count
      named.append((input, [request]))
    }
  }

  mutating func takeAzure(_ bytes: [UInt8]) throws {
    let columns: [CSVColumn] = [.text("TIMESTAMP"), .number("ContextTokens"), .number("GeneratedTokens")]
    let table = try CSVTable.parse(bytes, file: file, columns: columns)
    guard let times = table.texts("TIMESTAMP"), let inputs = table.numbers("ContextTokens"),
      let outputs = table.numbers("GeneratedTokens")
    else { return }
    for row in 0..<table.rowCount {
      var text = times[row]
      guard
        let moment = text.withUTF8({ Timestamp.parse(iso8601: $0) })?.time
          ?? Double(text).map({ Timestamp(secondsSinceEpoch: $0) })
      else {
        fail("'\(text)' is no time", table.line(ofRow: row), "write 2023-11-16 18:15:46.68")
        if problems.all.count >= 20 { return }
        continue
      }
      guard inputs[row].isFinite, outputs[row].isFinite, inputs[row] >= 0, outputs[row] >= 0, inputs[row] < 1e8,
        outputs[row] < 1e8
      else {
        fail("the tokens are no counts", table.line(ofRow: row), "write whole numbers from 0 up")
        if problems.all.count >= 20 { return }
        continue
      }
      requests.append(
        append(Double(moment.nanosecondsSinceEpoch) * 1e-9, Int(inputs[row]), Int(outputs[row])))
    }
  }

  private mutating func fail(_ message: String, _ line: Int, _ help: String) {
    problems.append(
      .error(message, at: SourceLocation(file: file, line: line, column: 1), path: "", help: help))
  }

  mutating func finished() -> [TokenRequest] {
    for (number, group) in named.enumerated() where group.members.count > 1 {
      for member in group.members {
        requests[member].blocks = (0..<(group.shortest / block)).map { -1 - ((number + 1) << 32) - $0 }
      }
    }
    let start = requests.map(\.arrival).min() ?? 0
    for i in requests.indices { requests[i].arrival -= start }
    return requests.enumerated().sorted { ($0.element.arrival, $0.offset) < ($1.element.arrival, $1.offset) }
      .map(\.element)
  }
}
