import Quantities

/// A cycle as bars: the usual amount of each hour or day with the range that it takes.
public struct ProfileChart: Chart {
  public struct Bar: Sendable {
    public var label: String
    /// NaN where nothing is known.
    public var usual: Double
    public var low: Double?
    public var high: Double?
    public init(label: String, usual: Double, low: Double? = nil, high: Double? = nil) {
      self.label = label
      self.usual = usual
      self.low = low
      self.high = high
    }
  }
  public var title: String
  public var description: String
  public var bars: [Bar]
  public var unit: AxisUnit
  /// A label below every so many bars.
  public var labelEvery: Int

  public init(title: String, description: String, bars: [Bar], unit: AxisUnit, labelEvery: Int = 1) {
    self.title = title
    self.description = description
    self.bars = bars
    self.unit = unit
    self.labelEvery = max(1, labelEvery)
  }

  public func drawn(width: Double, id: String) -> SVG {
    let height = 210.0
    var svg = SVG(width: width, height: height, id: id, title: title, description: description)
    let maximum = bars.flatMap { [$0.usual, $0.high ?? .nan] }.filter { $0.isFinite }.max() ?? 1
    let left = TimeFrame.margin(reaching: maximum, unit: unit)
    let plot = Rectangle(left: left, top: 32, right: width - 2, bottom: height - 26)
    let axis = ValueAxis(reaching: maximum, about: 3, whole: unit == .replicas)
    let y = LinearScale(from: 0, to: axis.top, pixels: (plot.bottom, plot.y))
    for tick in axis.ticks {
      svg.line(plot.x, y(tick), plot.right, y(tick), class: tick == 0 ? "axis" : "grid")
      svg.label(unit.tick(tick), plot.x - 8, y(tick) + 4.5, class: "t e")
    }
    if !unit.caption.isEmpty { svg.label(unit.caption, 0, 14, class: "t") }
    guard !bars.isEmpty else { return svg }
    let slot = plot.width / Double(bars.count)
    let thick = min(slot * 0.72, 72)
    let known = bars.indices.filter { bars[$0].usual.isFinite }
    let top = known.max { bars[$0].usual < bars[$1].usual }
    let bottom = known.min { bars[$0].usual < bars[$1].usual }
    for (i, bar) in bars.enumerated() {
      let centre = plot.x + (Double(i) + 0.5) * slot
      if i % labelEvery == 0 { svg.label(bar.label, centre, plot.bottom + 19, class: "t m") }
      guard bar.usual.isFinite else { continue }
      var words = "\(bar.label): \(unit.written(bar.usual))"
      if let low = bar.low, let high = bar.high { words += ", from \(unit.written(low)) to \(unit.written(high))" }
      svg.rectangle(
        Rectangle(left: centre - thick / 2, top: y(bar.usual), right: centre + thick / 2, bottom: plot.bottom),
        class: i == top ? "fd" : "fd2", tooltip: words)
      if let low = bar.low, let high = bar.high, low.isFinite, high.isFinite {
        svg.line(centre, y(low), centre, y(high), class: "whisker")
      }
    }
    // The peak and the trough are named; other values are one look at the axis away.
    for (index, isTop) in [(top, true), (bottom, false)] {
      guard let index, isTop || top != bottom else { continue }
      let bar = bars[index]
      let text = unit.written(bar.usual)
      let half = TextMetrics.width(text, bold: true) / 2
      let centre = min(max(plot.x + (Double(index) + 0.5) * slot, plot.x + half), plot.right - half)
      // Above the tallest whisker under the text.
      let covered = bars.indices.filter { abs(plot.x + (Double($0) + 0.5) * slot - centre) < half + slot * 0.5 }
      let reach = covered.compactMap { [bars[$0].usual, bars[$0].high ?? .nan].filter { $0.isFinite }.max() }.max()
      svg.label(text, centre, y(reach ?? bar.usual) - 6, class: "h b m")
    }
    return svg
  }
}
