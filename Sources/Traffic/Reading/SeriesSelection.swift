/// Which columns and which series of a file are meant.
public struct SeriesSelection: Hashable, Sendable {
  /// The column or key of times; guessed where nil.
  public var time: String?
  /// The columns or keys of values: one is guessed where there are none, `*` are all that hold numbers. Several are
  /// several series.
  public var values: [String]
  /// The columns whose texts name the series of a row.
  public var series: [String]
  /// The names of the series that are wanted; all where there are none.
  public var only: [String]
  /// Whether the series are added up into one.
  public var isSum: Bool

  public init(
    time: String? = nil, values: [String] = [], series: [String] = [], only: [String] = [], isSum: Bool = false
  ) {
    self.time = time
    self.values = values
    self.series = series
    self.only = only
    self.isSum = isSum
  }
}
