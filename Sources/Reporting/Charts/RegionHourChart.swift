import Quantities

/// Demand by hour of the day and region, with what each region holds beside it: the number stands in each cell where there
/// is room, so that colour is not alone.
public struct RegionHourChart: Chart {
  public struct Row: Sendable {
    public var name: String
    /// By hour of the day.
    public var values: [Double]
    /// What stands behind the row.
    public var amount: String
    public init(_ name: String, _ values: [Double], amount: String) {
      self.name = name
      self.values = values
      self.amount = amount
    }
  }
  public var title: String
  public var description: String
  public var rows: [Row]
  /// The hours' names, as many as values.
  public var hours: [String]

  public init(title: String, description: String, rows: [Row], hours: [String]) {
    self.title = title
    self.description = description
    self.rows = rows
    self.hours = hours
  }

  public func drawn(width: Double, id: String) -> SVG {
    let slim = width < 480
    let tall = 26.0
    let top = 22.0
    let left = min(width * 0.34, (rows.map { TextMetrics.width($0.name) }.max() ?? 0) + 12)
    let right = slim ? 0 : min(width * 0.3, (rows.map { TextMetrics.width($0.amount) }.max() ?? 0) + 14)
    let columns = max(1, hours.count)
    let cell = max(4, (width - left - right) / Double(columns))
    var svg = SVG(
      width: width, height: top + tall * Double(max(1, rows.count)) + 2, id: id, title: title, description: description)
    let known = rows.flatMap(\.values).filter { $0.isFinite }
    let high = known.max() ?? 0
    let widest = known.map { TextMetrics.width(NumberFormat.short($0)) }.max() ?? 0
    let hasRoom = widest + 4 <= cell - 2
    let every = max(1, Int((28 / cell).rounded(.up)))
    for (i, name) in hours.enumerated() where i % every == 0 {
      svg.label(name, left + (Double(i) + 0.5) * cell, 14, class: "t m")
    }
    for (r, row) in rows.enumerated() {
      let y = top + Double(r) * tall
      svg.label(row.name, 0, y + tall / 2 + 4.5, class: "t")
      for (i, value) in row.values.prefix(columns).enumerated() where value.isFinite {
        let frame = Rectangle(x: left + Double(i) * cell + 0.5, y: y + 0.5, width: cell - 1, height: tall - 1)
        let share = high > 0 ? max(0, value / high) : 0
        svg.rectangle(
          frame, class: "cell", opacity: 0.06 + (HeatMap.fullest - 0.06) * share,
          tooltip: "\(row.name) at \(hours[i]): \(RequestRate(rawValue: value))")
        if hasRoom {
          svg.label(NumberFormat.short(value), frame.x + frame.width / 2, frame.y + tall / 2 + 4.5, class: "m")
        }
      }
      if !slim { svg.label(row.amount, left + Double(columns) * cell + 8, y + tall / 2 + 4.5, class: "t") }
    }
    return svg
  }
}
