import Quantities

/// What a choice costs and what it risks: panels under each other over one horizontal axis, with the chosen point
/// marked in each. Two amounts of different kind never share an axis.
public struct CurveChart: Chart {
  public struct Panel: Sendable {
    public enum Kind: String, Sendable {
      case cost = "planned"
      case risk = "limit"
    }
    public var name: String
    public var unit: AxisUnit
    public var values: [Double]
    public var kind: Kind
    public init(name: String, unit: AxisUnit, values: [Double], kind: Kind) {
      self.name = name
      self.unit = unit
      self.values = values
      self.kind = kind
    }
  }
  public var title: String
  public var description: String
  /// Ascending, the same number as each panel's values.
  public var x: [Double]
  public var xUnit: AxisUnit
  public var xName: String
  public var panels: [Panel]
  public var chosen: Int?
  public var chosenLabel = "chosen"

  public init(
    title: String, description: String, x: [Double], xUnit: AxisUnit, xName: String, panels: [Panel], chosen: Int?
  ) {
    self.title = title
    self.description = description
    self.x = x
    self.xUnit = xUnit
    self.xName = xName
    self.panels = panels
    self.chosen = chosen.flatMap { x.indices.contains($0) ? $0 : nil }
  }

  public func drawn(width: Double, id: String) -> SVG {
    let each = 150.0
    let head = 16.0
    let height = head + each * Double(panels.count) + 44
    var svg = SVG(width: width, height: height, id: id, title: title, description: description)
    let reaches = panels.map { $0.values.filter { $0.isFinite }.max() ?? 1 }
    let left = zip(panels, reaches).map { TimeFrame.margin(reaching: $1, unit: $0.unit) }.max() ?? 40
    let (first, last) = (x.first ?? 0, x.last ?? 1)
    let across = LinearScale(from: first, to: max(last, first + 1e-9), pixels: (left + 6, width - 8))
    let bottom = head + each * Double(panels.count) + 4
    if let chosen {
      let px = across(x[chosen])
      svg.line(px, head + 4, px, bottom - 8, class: "lead")
    }
    for (i, panel) in panels.enumerated() {
      let plot = Rectangle(
        left: left, top: head + each * Double(i) + 34, right: width - 2, bottom: head + each * Double(i + 1) - 4)
      let axis = ValueAxis(reaching: reaches[i], about: 3)
      let y = LinearScale(from: 0, to: axis.top, pixels: (plot.bottom, plot.y))
      for tick in axis.ticks {
        svg.line(plot.x, y(tick), plot.right, y(tick), class: tick == 0 ? "axis" : "grid")
        svg.label(panel.unit.tick(tick), plot.x - 8, y(tick) + 4.5, class: "t e")
      }
      var layout = LabelLayout(
        bounds: Rectangle(left: plot.x, top: plot.y - 14, right: plot.right, bottom: plot.bottom))
      svg.label(panel.name, plot.x, plot.y - 14, class: "h b \(panel.kind == .cost ? "cc" : "cf")")
      layout.reserve(
        Rectangle(
          x: plot.x, y: plot.y - 26, width: TextMetrics.width(panel.name, bold: true), height: LabelLayout.lineHeight))
      var path = PathData()
      let points = zip(x, panel.values).filter { $0.1.isFinite }.map { (x: across($0.0), y: y($0.1)) }
      path.polyline(points)
      svg.path(path, class: panel.kind.rawValue)
      layout.avoid([points])
      if let chosen, panel.values.indices.contains(chosen), panel.values[chosen].isFinite {
        let (px, py) = (across(x[chosen]), y(panel.values[chosen]))
        svg.circle(px, py, radius: 5.5, class: panel.kind == .cost ? "dot" : "mark")
        let text = panel.unit.written(panel.values[chosen])
        let places: [LabelLayout.Place] = [
          .init(x: px + 10, y: py - 9, anchor: .start), .init(x: px - 10, y: py - 9, anchor: .end),
          .init(x: px + 10, y: py + 20, anchor: .start), .init(x: px - 10, y: py + 20, anchor: .end),
        ]
        if let place = layout.place([text], bold: true, among: places) { svg.label([text], at: place, class: "b") }
      }
    }
    let ticks = ValueAxis(reaching: max(last, 1e-9), about: max(3, Int(width / 130))).ticks
    for tick in ticks where tick >= first - 1e-9 && tick <= last + 1e-9 {
      svg.line(across(tick), bottom - 8, across(tick), bottom - 3, class: "axis")
      let text = xUnit.tick(tick)
      let half = TextMetrics.width(text) / 2
      svg.label(text, min(across(tick), width - half), bottom + 12, class: "t m")
    }
    if let chosen {
      let text = "\(chosenLabel) \(xUnit.written(x[chosen]))"
      let half = TextMetrics.width(text, bold: true) / 2
      svg.label(text, min(max(across(x[chosen]), left + half), width - half), 14, class: "h b m")
    }
    svg.label(xName, width - 2, bottom + 32, class: "t e")
    return svg
  }
}
