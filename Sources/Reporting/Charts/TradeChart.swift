import Quantities

/// Choices by what they cost and what they risk, one dot each: the front that nothing beats, what there is today, and
/// what is chosen. The line across is the objective: what lies below meets it.
public struct TradeChart: Chart {
  public struct Point: Sendable, Hashable {
    public var cost: Double
    /// How much of what may be missed is missed; 1 is the objective.
    public var risk: Double
    /// What a pointer resting on it shows.
    public var tooltip: String
    public init(cost: Double, risk: Double, tooltip: String) {
      self.cost = cost
      self.risk = risk
      self.tooltip = tooltip
    }
  }
  public var title: String
  public var description: String
  public var costUnit: AxisUnit
  public var costName: String
  /// Cheapest first.
  public var front: [Point]
  public var current: Point
  public var chosen: Point

  public init(
    title: String, description: String, costUnit: AxisUnit, costName: String, front: [Point], current: Point,
    chosen: Point
  ) {
    self.title = title
    self.description = description
    self.costUnit = costUnit
    self.costName = costName
    self.front = front
    self.current = current
    self.chosen = chosen
  }

  /// Beyond twice the objective all choices are alike: they stand at the upper edge.
  private static let top = 2.0

  public func drawn(width: Double, id: String) -> SVG {
    let height = width >= 900 ? 320.0 : 300
    var svg = SVG(width: width, height: height, id: id, title: title, description: description)
    let front = front.filter { $0.cost.isFinite && !$0.risk.isNaN }
    let plot = Rectangle(left: 62, top: 34, right: width - 12, bottom: height - 52)
    let costs = (front + [current, chosen]).map(\.cost).filter { $0.isFinite }
    let (least, most) = (costs.min() ?? 0, costs.max() ?? 1)
    let room = max((most - least) * 0.08, max(most, 1e-9) * 0.01)
    let x = LinearScale(from: max(0, least - room), to: most + room, pixels: (plot.x, plot.right))
    let y = LinearScale(from: 0, to: Self.top, pixels: (plot.bottom, plot.y))
    for tick in [0, 0.5, 1, 1.5, 2] {
      svg.line(plot.x, y(tick), plot.right, y(tick), class: tick == 0 ? "axis" : tick == 1 ? "limit" : "grid")
      svg.label(AxisUnit.percent.tick(tick), plot.x - 8, y(tick) + 4.5, class: "t e")
    }
    for tick in ValueAxis.ticks(from: x.fromValue, to: x.toValue, about: max(3, Int(width / 160))) {
      svg.line(x(tick), plot.bottom, x(tick), plot.bottom + 5, class: "axis")
      svg.label(costUnit.tick(tick), x(tick), plot.bottom + 20, class: "t m")
    }
    svg.label("share of the allowed misses that is used", plot.x, plot.y - 14, class: "h b cf")
    svg.label(costName, plot.right, plot.bottom + 40, class: "t e")
    func place(_ point: Point) -> (x: Double, y: Double) {
      (x(point.cost.isFinite ? point.cost : least), y(point.risk.isNaN ? Self.top : min(max(point.risk, 0), Self.top)))
    }
    var layout = LabelLayout(bounds: Rectangle(left: plot.x, top: plot.y, right: plot.right, bottom: plot.bottom))
    let stairs = front.map(place)
    var path = PathData()
    path.polyline(stairs)
    svg.path(path, class: "planned")
    layout.avoid([stairs])
    for point in front {
      let at = place(point)
      svg.circle(at.x, at.y, radius: 4, class: "dot", tooltip: point.tooltip)
    }
    func mark(_ point: Point, _ text: String, _ name: String, _ color: String) {
      let at = place(point)
      svg.circle(at.x, at.y, radius: 6.5, class: name, tooltip: point.tooltip)
      let places = [(10.0, -10.0), (10, 20), (-10, -10), (-10, 20), (10, -28), (-10, -28), (10, 38), (-10, 38)].map {
        LabelLayout.Place(x: at.x + $0.0, y: at.y + $0.1, anchor: $0.0 > 0 ? .start : .end)
      }
      if let place = layout.place([text], bold: true, among: places) {
        svg.label([text], at: place, class: "b \(color)")
      }
    }
    if current != chosen { mark(current, "as it is", "mark", "cf") }
    mark(chosen, current == chosen ? "as it is" : "chosen", "dot", "cc")
    return svg
  }
}
