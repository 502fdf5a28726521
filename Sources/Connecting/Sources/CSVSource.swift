import Catalogs
import Documents
import Quantities
import Traffic

/// A file as a source of demand: CSV, or whatever else is told by its first bytes.
public struct CSVSource: TrafficSource, Hashable {
  public var path: String
  public var selection: SeriesSelection
  public var duplicates: TraceOptions.Duplicates?
  public var decimal: NumberNotation.Decimal?
  public var dates: DateOrder?
  public var skipsUnreadable = false

  public var title: String { path }

  public init(path: String, selection: SeriesSelection = SeriesSelection()) {
    self.path = path
    self.selection = selection
  }

  public func trace(_ options: TraceOptions, _ setting: SourceSetting) throws -> Trace {
    try TraceReader.one(path: setting.access.file(path), selection, options: reading(options))
  }

  /// The options of a trace with what the source says of its file.
  func reading(_ options: TraceOptions) -> TraceOptions {
    var options = options
    options.duplicates = duplicates ?? options.duplicates
    options.decimal = decimal ?? options.decimal
    options.dates = dates ?? options.dates
    options.skipsUnreadable = skipsUnreadable || options.skipsUnreadable
    return options
  }

  /// The keys that say how a file is read, behind its own.
  static let readingFields: [Field] = [
    Field(
      "series", "the columns that name the series of a row, where a file holds several",
      .any(of: [.string, .list(.string)], description: "a name or a list of names")),
    Field(
      "only", "of several series the ones that are meant",
      .any(of: [.string, .list(.string)], description: "a name or a list of names")),
    Field("sum", "whether the series are added up", .boolean, default: "false"),
    Field("duplicates", "what becomes of rows of one time", .choice(TraceOptions.Duplicates.allCases.map(\.rawValue))),
    Field("decimal", "what stands before decimals, where the file leaves it open", .choice([".", ","])),
    Field(
      "dates", "what stands first in dates, where the file leaves it open", .choice(DateOrder.allCases.map(\.rawValue))),
    Field("skip unreadable", "whether rows that cannot be read are left out and told", .boolean, default: "false"),
  ]

  /// Reads a file's keys.
  static func read(_ name: String, _ node: Node, _ path: String, _ reader: inout NodeReader) -> CSVSource {
    var selection = SeriesSelection(time: reader.string(node["time"], "\(path).time"))
    func list(_ key: String) -> [String] {
      node[key]?.elements?.compactMap { $0.text } ?? node[key]?.text.map { [$0] } ?? []
    }
    selection.values = list("value")
    selection.series = list("series")
    selection.only = list("only")
    selection.isSum = node["sum"]?.bool ?? false
    var source = CSVSource(path: reader.string(node[name], "\(path).\(name)") ?? "", selection: selection)
    source.duplicates = node["duplicates"]?.text.flatMap { TraceOptions.Duplicates(rawValue: $0) }
    source.decimal = node["decimal"]?.text.flatMap { NumberNotation.Decimal(rawValue: $0) }
    source.dates = node["dates"]?.text.flatMap { DateOrder(rawValue: $0) }
    source.skipsUnreadable = node["skip unreadable"]?.bool ?? false
    return source
  }

  public static let descriptor = SourceDescriptor(
    name: "csv",
    summary:
      "A file with a history: CSV in any form, also .gz, or the answer of a monitoring system as JSON; told by its first bytes.",
    fields: [
      Field("csv", "a file beside the plan", .string, required: true, example: "traffic.csv"),
      Field("time", "the column of times; guessed where absent", .string, example: "time"),
      Field(
        "value", "the column of values, or several, or '*'; guessed where absent",
        .any(of: [.string, .list(.string)], description: "a name or a list of names"), example: "requests_per_second"),
    ] + readingFields,
    example: """
      traffic:
        source: { csv: traffic.csv, time: time, value: requests_per_second }
      """
  ) { node, path, reader in read("csv", node, path, &reader) }
}
