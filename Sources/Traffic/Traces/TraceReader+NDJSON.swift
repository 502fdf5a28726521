import Documents
import Quantities

extension TraceReader {
  /// A trace from a file with one JSON object a line (`.ndjson`, `.jsonl`, also `.gz`, or `-` for standard input).
  ///
  /// - Parameters:
  ///   - time: the key of the time, `a.b` for one inside another; guessed from the first object where nil.
  ///   - value: the key of the rate or count; guessed likewise.
  /// - Throws: `DocumentError` where the file cannot be read, `Diagnostics` for what is wrong in it.
  public static func ndjson(
    path: String, time: String? = nil, value: String? = nil, options: TraceOptions = TraceOptions()
  ) throws -> Trace {
    let source = path == "-" ? "standard input" : path
    var work = ObjectRows(source: source, time: time, value: value, options: options)
    var reader = NDJSONReader(file: source)
    try Input.stream(path: path) { chunk in
      try reader.feed(chunk) { line, number in try work.take(line, number) }
    }
    try reader.finish { line, number in try work.take(line, number) }
    return try rows(work.columns(), options: options, source: source)
  }
}

/// Gathers rows from objects.
private struct ObjectRows {
  let source: String
  let time: String?
  let value: String?
  let options: TraceOptions
  private var times: TimeCellReader
  private var gathered = TraceColumns(times: [], values: [])
  private var guess: ColumnGuess?
  private var timePath: [String] = []
  private var valuePath: [String] = []
  private var problems: [Diagnostic] = []

  init(source: String, time: String?, value: String?, options: TraceOptions) {
    self.source = source
    self.time = time
    self.value = value
    self.options = options
    times = TimeCellReader(file: source, zone: options.zone)
  }

  mutating func take(_ bytes: UnsafeRawBufferPointer, _ line: Int) throws(Diagnostics) {
    let object: Node
    do {
      object = try JSON.parse(bytes, file: source)
    } catch {
      // The parser counts lines from the start of the object.
      for found in error.all {
        report(found.message, line, found.help ?? "write one JSON object a line")
      }
      return
    }
    guard let entries = object.entries else {
      report("the line is not an object", line, "write {\"time\": ..., \"value\": ...} on each line")
      return
    }
    if guess == nil {
      let flat = entries.filter { $0.value.text != nil }
      let header = flat.map { $0.key } + [time, value].compactMap { $0 }.filter { $0.contains(".") }
      let cells = flat.map { $0.value.text ?? "" }
      let found = try ColumnGuess(
        header: header, rows: [cells], time: time, value: value, file: source, unit: options.unit)
      timePath = found.time.split(separator: ".").map(String.init)
      valuePath = found.value.split(separator: ".").map(String.init)
      if object[found.time] != nil { timePath = [found.time] }
      if object[found.value] != nil { valuePath = [found.value] }
      guess = found
    }
    guard let cell = ObjectRows.find(timePath, in: object)?.text else {
      report("the object has no '\(timePath.joined(separator: "."))'", line, "give every object a time")
      return
    }
    var text = cell
    let parsed = text.withUTF8 { times.read(UnsafeRawBufferPointer($0), line: line) }
    guard let parsed else { return }
    let node = ObjectRows.find(valuePath, in: object)
    let number = node?.number ?? node?.text.flatMap { Double($0) } ?? .nan
    gathered.times.append(parsed)
    gathered.values.append(number)
    gathered.lines.append(Int32(clamping: line))
    if number.isNaN { gathered.nonNumeric.add(line: line) }
  }

  mutating func columns() throws(Diagnostics) -> TraceColumns {
    var all = Diagnostics(problems)
    all.merge(times.problems())
    try all.throwIfErrors()
    gathered.zones = times.zones()
    gathered.notes = guess?.notes ?? []
    if let epoch = times.epoch {
      gathered.notes.append(
        TraceNote(.note, "times were read as \(epoch.rawValue) since 1970", because: "of their size"))
    }
    return gathered
  }

  private mutating func report(_ message: String, _ line: Int, _ help: String) {
    if problems.count < 5 {
      problems.append(.error(message, at: SourceLocation(file: source, line: line, column: 1), help: help))
    }
  }

  private static func find(_ path: [String], in object: Node) -> Node? {
    var node: Node? = object
    for key in path { node = node?[key] }
    return node
  }
}
