import Quantities

/// Lines and points over an axis of numbers: seconds of a test, nines of a percentile, requests in a service.
public struct PlotChart: Chart {
  public struct Series: Sendable {
    public enum Style: String, Sendable {
      /// What was asked, drawn as demand is.
      case demand
      /// What the service did, drawn as capacity is.
      case capacity = "planned"
      /// A line in ink, and a soft one for what stands beside it.
      case plain = "today"
      case soft = "lead"
      /// What failed.
      case fails = "unserved"
    }
    public var name: String
    /// Rising in x; NaN in y is a gap.
    public var points: [(x: Double, y: Double)]
    public var style: Style
    /// Whether each point stands alone instead of lying on a line.
    public var isScattered: Bool
    public init(_ name: String, _ points: [(x: Double, y: Double)], _ style: Style, isScattered: Bool = false) {
      self.name = name
      self.points = points
      self.style = style
      self.isScattered = isScattered
    }
  }
  /// A line across the picture with its name.
  public struct Mark: Sendable {
    public var value: Double
    public var name: String
    public init(_ value: Double, _ name: String) {
      self.value = value
      self.name = name
    }
  }
  public struct Tick: Sendable, Hashable {
    public var place: Double
    public var label: String
    public init(_ place: Double, _ label: String) {
      self.place = place
      self.label = label
    }
  }

  public var title: String
  public var description: String
  public var series: [Series]
  public var unit: AxisUnit
  public var xName: String
  /// The ticks of the axis below, given how many have room.
  public var ticks: @Sendable (Int) -> [Tick]
  /// Levels that must not be passed, drawn as limits.
  public var limits: [Mark] = []
  /// Places on the axis below.
  public var places: [Mark] = []
  public var height = 240.0

  public init(
    title: String, description: String, series: [Series], unit: AxisUnit, xName: String,
    ticks: @escaping @Sendable (Int) -> [Tick]
  ) {
    self.title = title
    self.description = description
    self.series = series
    self.unit = unit
    self.xName = xName
    self.ticks = ticks
  }

  /// Round ticks of seconds from the start of a test, in minutes where it was long.
  public static func elapsed(to end: Double) -> @Sendable (Int) -> [Tick] {
    { count in
      let (unit, name) = end > 600 ? (60.0, " min") : (1.0, " s")
      let ticks = ValueAxis(reaching: max(end, 1) / unit, about: max(2, min(10, count)), whole: true).ticks
      return ticks.filter { $0 * unit <= end * 1.001 }.map {
        Tick($0 * unit, NumberFormat.significant($0, 6) + name)
      }
    }
  }
  /// Round ticks from zero.
  public static func numbers(to end: Double) -> @Sendable (Int) -> [Tick] {
    { count in
      ValueAxis(reaching: end, about: max(2, min(8, count))).ticks.filter { $0 <= end * 1.001 }.map {
        Tick($0, NumberFormat.short($0))
      }
    }
  }

  public func drawn(width: Double, id: String) -> SVG {
    var svg = SVG(width: width, height: height, id: id, title: title, description: description)
    let all = series.flatMap(\.points).filter { $0.x.isFinite && $0.y.isFinite }
    // A limit far above the data would press it flat: it is then named in the words beside the picture only.
    let data = all.map(\.y).max() ?? 1
    let shown = limits.filter { $0.value > 0 && $0.value <= max(data * 4, 1e-12) }
    let reach = max(data, shown.map(\.value).max() ?? 0)
    let axis = ValueAxis(reaching: reach, about: 4)
    let left = TimeFrame.margin(reaching: reach, unit: unit)
    let plot = Rectangle(left: left, top: 34, right: width - 8, bottom: height - 44)
    let marks = ticks(Int(plot.width / 80))
    let from = min(all.map(\.x).min() ?? 0, marks.first?.place ?? .infinity)
    let to = max(all.map(\.x).max() ?? 1, places.map(\.value).filter { $0.isFinite }.max() ?? 0)
    let x = LinearScale(from: from, to: max(to, from + 1e-9), pixels: (plot.x, plot.right))
    let y = LinearScale(from: 0, to: axis.top, pixels: (plot.bottom, plot.y))
    for tick in axis.ticks {
      svg.line(plot.x, y(tick), plot.right, y(tick), class: tick == 0 ? "axis" : "grid")
      svg.label(unit.tick(tick), plot.x - 8, y(tick) + 4.5, class: "t e")
    }
    if !unit.caption.isEmpty { svg.label(unit.caption, 0, plot.y - 16, class: "t") }
    var free = -Double.infinity
    for tick in marks where tick.place <= to + 1e-9 {
      let px = x(tick.place)
      svg.line(px, plot.bottom, px, plot.bottom + 5, class: "axis")
      let half = TextMetrics.width(tick.label) / 2
      let centre = min(max(px, half), width - half)
      guard centre - half >= free else { continue }
      svg.label(tick.label, centre, plot.bottom + 20, class: "t m")
      free = centre + half + 8
    }
    svg.label(xName, width - 2, height - 6, class: "t e")
    var layout = LabelLayout(bounds: Rectangle(left: plot.x, top: plot.y - 12, right: plot.right, bottom: plot.bottom))
    var drawnRuns: [[[(x: Double, y: Double)]]] = []
    for item in series {
      let runs = pixels(of: item, x, y, columns: Int(plot.width))
      drawnRuns.append(runs)
      draw(item, runs, plot, into: &svg)
      layout.avoid(runs)
    }
    for limit in shown {
      svg.line(plot.x, y(limit.value), plot.right, y(limit.value), class: "limit")
      let line = [(x: plot.x, y: y(limit.value)), (x: plot.right, y: y(limit.value))]
      layout.avoid([line])
      let places: [LabelLayout.Place] = [
        .init(x: plot.right, y: y(limit.value) - 6, anchor: .end),
        .init(x: plot.x + 4, y: y(limit.value) - 6, anchor: .start),
        .init(x: plot.right, y: y(limit.value) + 16, anchor: .end),
      ]
      if let place = layout.place([limit.name], bold: true, among: places) {
        svg.label([limit.name], at: place, class: "b cf")
      }
    }
    for mark in places where mark.value.isFinite {
      svg.line(x(mark.value), plot.y, x(mark.value), plot.bottom, class: "lead")
      let places: [LabelLayout.Place] = [
        .init(x: x(mark.value) + 6, y: plot.y + 6, anchor: .start),
        .init(x: x(mark.value) - 6, y: plot.y + 6, anchor: .end),
        .init(x: x(mark.value) + 6, y: plot.y + 24, anchor: .start),
      ]
      if let place = layout.place([mark.name], among: places) { svg.label([mark.name], at: place, class: "") }
    }
    for (item, runs) in zip(series, drawnRuns) { name(item, runs, plot, into: &svg, &layout) }
    return svg
  }

  /// The points in pixels, a list a run between gaps; of many in one column the lowest and the highest.
  private func pixels(
    of item: Series, _ x: LinearScale, _ y: LinearScale, columns: Int
  ) -> [[(x: Double, y: Double)]] {
    var runs: [[(x: Double, y: Double)]] = []
    var run: [(x: Double, y: Double)] = []
    for point in item.points {
      guard point.x.isFinite, point.y.isFinite else {
        if !run.isEmpty { runs.append(run) }
        run = []
        continue
      }
      let p = (x: x(point.x), y: y(point.y))
      let n = run.count
      // Within one pixel column the first two stay as the extremes.
      if n >= 2, !item.isScattered, item.points.count > 2 * columns, Int(run[n - 2].x) == Int(p.x) {
        if p.y < min(run[n - 1].y, run[n - 2].y) || p.y > max(run[n - 1].y, run[n - 2].y) { run[n - 1] = p }
      } else {
        run.append(p)
      }
    }
    if !run.isEmpty { runs.append(run) }
    return runs
  }

  /// Points that stand alone, by what they say: of `plain` nothing is said, and they are hollow.
  private static let dots: [Series.Style: String] = [.fails: "mark", .demand: "fd", .plain: "open", .soft: "open"]

  private func draw(_ item: Series, _ runs: [[(x: Double, y: Double)]], _ plot: Rectangle, into svg: inout SVG) {
    if item.isScattered {
      for p in runs.joined() {
        svg.circle(p.x, p.y, radius: 4.5, class: Self.dots[item.style] ?? "dot")
      }
      return
    }
    var path = PathData()
    for run in runs {
      if item.style == .fails, let first = run.first, let last = run.last {
        // Failures are an area down to zero: so that few of them are still seen.
        path.move(to: first.x, plot.bottom)
        for p in run { path.line(to: p.x, p.y) }
        path.line(to: last.x, plot.bottom)
        path.close()
      } else {
        path.polyline(run)
      }
    }
    svg.path(path, class: item.style.rawValue)
  }

  private func name(
    _ item: Series, _ runs: [[(x: Double, y: Double)]], _ plot: Rectangle, into svg: inout SVG,
    _ layout: inout LabelLayout
  ) {
    let points = runs.joined().map { $0 }
    guard !item.name.isEmpty, !points.isEmpty else { return }
    let half = TextMetrics.width(item.name, bold: true) / 2
    var places: [LabelLayout.Place] = []
    for share in [0.92, 0.8, 0.66, 0.5, 0.34, 0.2, 0.08] {
      let x = plot.x + plot.width * share
      let near = points.filter { abs($0.x - x) <= half + 6 }.map(\.y)
      guard let high = near.min(), let low = near.max() else { continue }
      places.append(.init(x: x, y: high - 7, anchor: .middle))
      places.append(.init(x: x, y: low + 17, anchor: .middle))
    }
    if item.isScattered, let top = points.min(by: { $0.y < $1.y }) {
      places.append(.init(x: top.x - 8, y: top.y - 10, anchor: .end))
      places.append(.init(x: top.x, y: top.y + 22, anchor: .middle))
    }
    let color = [.demand: "cd", .capacity: "cc", .fails: "cf", .soft: "t"][item.style] ?? ""
    if let place = layout.place([item.name], bold: true, among: places) {
      svg.label([item.name], at: place, class: "b \(color)")
    }
  }
}
