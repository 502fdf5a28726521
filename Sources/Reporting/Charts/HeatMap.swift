import Quantities

/// Amounts by hour of the week, Monday first: the number stands in each cell where there is room, so that colour is
/// not alone. On a narrow picture the days stand side by side and the hours below each other.
public struct HeatMap: Chart {
  public var title: String
  public var description: String
  /// 168 values, Monday 00:00 first; NaN where nothing is known.
  public var values: [Double]
  /// What one cell's tooltip says behind the day and hour: `"74 replicas"`.
  public var tooltip: @Sendable (Double) -> String
  /// What stands in a cell.
  public var cellText: @Sendable (Double) -> String

  /// How much of demand's colour the fullest cell takes; text on it keeps its contrast (a test computes it).
  static let fullest = 0.5

  public init(
    title: String, description: String, values: [Double], cellText: @escaping @Sendable (Double) -> String,
    tooltip: @escaping @Sendable (Double) -> String
  ) {
    self.title = title
    self.description = description
    self.values = values
    self.cellText = cellText
    self.tooltip = tooltip
  }

  public func drawn(width: Double, id: String) -> SVG {
    let upright = width < 480
    let (left, top) = (44.0, 22.0)
    let (columns, rows) = upright ? (7, 24) : (24, 7)
    let cell = (width - left) / Double(columns)
    let tall = upright ? 21.0 : min(max(22, cell * 0.72), 30)
    var svg = SVG(
      width: width, height: top + tall * Double(rows) + 2, id: id, title: title, description: description)
    let known = values.filter { $0.isFinite }
    let (low, high) = (known.min() ?? 0, known.max() ?? 0)
    let widest = known.map { TextMetrics.width(cellText($0)) }.max() ?? 0
    let hasRoom = widest + 4 <= cell - 2
    let labelled = stride(from: 0, to: 24, by: upright || cell > 34 ? (upright ? 3 : 1) : 3)
    for day in Weekday.allCases {
      let name = String(day.name.prefix(3))
      if upright {
        svg.label(name, left + (Double(day.rawValue) + 0.5) * cell, 14, class: "t m")
      } else {
        svg.label(name, 0, top + (Double(day.rawValue) + 0.5) * tall + 4.5, class: "t")
      }
    }
    for hour in labelled {
      let text = hour < 10 ? "0\(hour)" : "\(hour)"
      if upright {
        svg.label(text + ":00", 0, top + (Double(hour) + 0.5) * tall + 4.5, class: "t")
      } else {
        svg.label(text, left + (Double(hour) + 0.5) * cell, 14, class: "t m")
      }
    }
    for (i, value) in values.prefix(168).enumerated() {
      let (day, hour) = (i / 24, i % 24)
      let (column, row) = upright ? (day, hour) : (hour, day)
      let frame = Rectangle(
        x: left + Double(column) * cell + 0.5, y: top + Double(row) * tall + 0.5, width: cell - 1, height: tall - 1)
      guard value.isFinite else { continue }
      // From a tint to the fullest: a cell with a value is never as empty as one without.
      let share = high > low ? (value - low) / (high - low) : 0.5
      svg.rectangle(
        frame, class: "cell", opacity: 0.06 + (HeatMap.fullest - 0.06) * share,
        tooltip: "\(Weekday.allCases[day].name) \(TimeAxis.clock(hour * 3600)): \(tooltip(value))")
      if hasRoom { svg.label(cellText(value), frame.x + frame.width / 2, frame.y + tall / 2 + 4.5, class: "m") }
    }
    return svg
  }
}
