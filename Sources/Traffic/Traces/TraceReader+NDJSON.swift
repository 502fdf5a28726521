import Documents
import Quantities

extension TraceReader {
  /// A trace from a file with one JSON object a line (`.ndjson`, `.jsonl`, also `.gz`, or `-` for standard input).
  ///
  /// - Parameters:
  ///   - time: the key of the time, `a.b` for one inside another; guessed from the first objects where nil.
  ///   - value: the key of the rate or count; guessed likewise.
  /// - Throws: `DocumentError` where the file cannot be read, `Diagnostics` for what is wrong in it.
  public static func ndjson(
    path: String, time: String? = nil, value: String? = nil, options: TraceOptions = TraceOptions()
  ) throws -> Trace {
    let source = path == "-" ? "standard input" : path
    let traces = try lines(
      path: path, source, SeriesSelection(time: time, values: value.map { [$0] } ?? []), options
    ).whole()
    guard let first = traces.first else {
      throw Diagnostics([
        .error(
          "there are no rows", at: SourceLocation(file: source, line: 1, column: 1),
          help: "give at least one row with a time and a value")
      ])
    }
    return first.trace
  }

  /// The series of a file with one JSON object a line.
  static func lines(
    path: String, _ source: String, _ selection: SeriesSelection, _ options: TraceOptions
  ) throws -> [SeriesReading] {
    var work = ObjectRows(source: source, format: "JSON lines", selection: selection, options: options)
    var reader = NDJSONReader(file: source)
    try Input.stream(path: path) { chunk in
      try reader.feed(chunk) { line, number in try work.take(line, number) }
    }
    try reader.finish { line, number in try work.take(line, number) }
    return try work.finish()
  }
}

/// Gathers rows from objects: of a line each, or of an array.
struct ObjectRows {
  let source: String
  let format: String
  let selection: SeriesSelection
  let options: TraceOptions
  private var gatherer: RowGatherer?
  /// The first objects, until there are enough to see how they are written.
  private var waiting: [(object: [String: Node], line: Int)] = []
  private var order: [String] = []
  private var time = ""
  private var values: [String] = []
  private var problems: [Diagnostic] = []
  private var problemCount = 0
  /// Objects that are whole series, as VictoriaMetrics exports them.
  private var exported: [MonitoringSeries] = []
  private var exportedPlaces: [String: Int] = [:]
  private var exportedFormat = ""

  init(source: String, format: String, selection: SeriesSelection, options: TraceOptions) {
    self.source = source
    self.format = format
    self.selection = selection
    self.options = options
  }

  mutating func take(_ bytes: UnsafeRawBufferPointer, _ line: Int) throws(Diagnostics) {
    let object: Node
    do {
      object = try JSON.parse(bytes, file: source)
    } catch {
      // The parser counts lines from the start of the object.
      for found in error.all { report(found.message, line, found.help ?? "write one JSON object a line") }
      return
    }
    try take(object, line)
  }

  mutating func take(_ object: Node, _ line: Int) throws(Diagnostics) {
    guard object.entries != nil else {
      report("the line is not an object", line, "write {\"time\": ..., \"value\": ...} on each line")
      return
    }
    for form in MonitoringFormat.byLine {
      guard let found = try form.read(object) else { continue }
      exportedFormat = form.name
      for series in found {
        // One series may come in several lines.
        if let place = exportedPlaces[series.name] {
          exported[place].times += series.times
          exported[place].values += series.values
        } else {
          exportedPlaces[series.name] = exported.count
          exported.append(series)
        }
      }
      return
    }
    try take((object.entries ?? []).map { ($0.key, $0.value) }, line)
  }

  /// A row by its fields, which may hold objects.
  mutating func take(_ fields: [(name: String, value: Node)], _ line: Int) throws(Diagnostics) {
    var flat: [String: Node] = [:]
    for (name, value) in fields { put(value, name, &flat, isFirst: gatherer == nil) }
    if gatherer != nil { return try add(flat, line) }
    waiting.append((flat, line))
    if waiting.count >= CSVPreview.mostRows { try decide() }
  }

  private mutating func put(_ value: Node, _ name: String, _ flat: inout [String: Node], isFirst: Bool) {
    if let inner = value.entries {
      for (key, _, part) in inner { put(part, "\(name).\(key)", &flat, isFirst: isFirst) }
    } else {
      flat[name] = value
      if isFirst, !order.contains(name), order.count < 1000 { order.append(name) }
    }
  }

  private mutating func decide() throws(Diagnostics) {
    let header = order
    let rows = waiting.map { row in header.map { row.object[$0]?.text ?? "" } }
    for name in selection.series where !header.contains(name) {
      throw Diagnostics([
        .error(
          "there is no key '\(name)'", at: SourceLocation(file: source, line: 1, column: 1),
          help: "the keys are " + header.map { "'\($0)'" }.joined(separator: ", "))
      ])
    }
    let guess = try ColumnGuess(
      header: header, rows: rows, time: selection.time, values: selection.values, file: source,
      without: selection.series)
    time = guess.time
    values = guess.values
    let place = header.firstIndex(of: time) ?? 0
    let cells = rows.map { $0[place].trimmed }.filter { !$0.isEmpty }
    let form: TimeForm
    switch TimeColumnJudge.verdict(cells, name: time, isNamed: true, order: options.dates) {
    case .form(let found): form = found
    case .open, .noTimes:
      throw Diagnostics([
        .error(
          "'\(cells.first ?? "")' at '\(time)' is not a time", at: SourceLocation(file: source, line: 1, column: 1),
          help:
            "write 2026-11-27T08:00:00Z, or seconds since 1970; --dates day-first or month-first says what comes first")
      ])
    }
    var made = RowGatherer(
      source: source, options: options, selection: selection, measures: values, keyNames: selection.series, form: form,
      isDescending: false, delimiter: nil)
    made.notes = guess.notes
    if case .epoch(let unit) = form {
      made.notes.append(TraceNote(.note, "times were read as \(unit.rawValue) since 1970", because: "of their size"))
    }
    made.reading.format = format
    made.reading.time = time
    made.reading.timeForm = form == .text ? "" : form.title
    gatherer = made
    let first = waiting
    waiting = []
    for (object, line) in first { try add(object, line) }
  }

  private mutating func add(_ object: [String: Node], _ line: Int) throws(Diagnostics) {
    guard var text = object[time]?.text else {
      report("the object has no '\(time)'", line, "give every object a time")
      return
    }
    let keys = selection.series.map { object[$0]?.text ?? "" }
    var key: [UInt8] = []
    for text in keys {
      key += text.utf8
      key.append(0)
    }
    guard let series = try gatherer?.place(of: key, { keys }, line: line),
      let moment = text.withUTF8({ gatherer?.time(series, UnsafeRawBufferPointer($0), line: line) })
    else { return }
    for (m, name) in values.enumerated() {
      let node = object[name]
      if let number = node?.number {
        gatherer?.add(series, m, moment, number, line: line)
      } else if let text = node?.text, !text.trimmed.isEmpty, !ColumnGuess.isGap(text.trimmed) {
        if case .string? = node?.kind, let plain = Double(text), plain.isFinite {
          gatherer?.add(series, m, moment, plain, line: line)
        } else {
          gatherer?.add(series, m, moment, odd: text, line: line, column: 1)
        }
      } else {
        gatherer?.add(series, m, moment, .nan, line: line)
      }
    }
    try gatherer?.settle(rows: 1)
  }

  mutating func finish() throws -> [SeriesReading] {
    if !exported.isEmpty {
      try Diagnostics(problems).throwIfErrors()
      return try TraceReader.traces(
        of: exported, exportedFormat, selection, options, source: source)
    }
    if gatherer == nil, !waiting.isEmpty { try decide() }
    if !options.skipsUnreadable {
      var all = Diagnostics(problems)
      if problemCount > problems.count { all.append(.error("\(problemCount - problems.count) more", at: nil)) }
      if problemCount > 0 {
        all.append(
          .error(
            "\(problemCount) line\(problemCount == 1 ? "" : "s") cannot be read", at: nil,
            help: "correct them, or leave them out with --skip-unreadable (in a plan: skip unreadable: true)"))
      }
      try all.throwIfErrors()
    } else {
      gatherer?.ragged = (problemCount, problems)
    }
    return try gatherer?.finish() ?? []
  }

  private mutating func report(_ message: String, _ line: Int, _ help: String) {
    problemCount += 1
    if problems.count < 5 {
      problems.append(.error(message, at: SourceLocation(file: source, line: line, column: 1), help: help))
    }
  }
}
