import Glibc
import Quantities

/// The part of a picture in which time runs to the right and amounts stand on zero.
struct TimeFrame: Sendable {
  let plot: Rectangle
  let from: Timestamp
  let to: Timestamp
  let unit: AxisUnit
  let zone: TimeZoneRules
  private let values: ValueAxis
  private let horizontal: LinearScale
  private let vertical: LinearScale

  /// - Parameter maximum: the largest amount that must fit.
  init(
    _ plot: Rectangle, from: Timestamp, to: Timestamp, reaching maximum: Double, unit: AxisUnit, zone: TimeZoneRules
  ) {
    self.plot = plot
    self.from = from
    self.to = to
    self.unit = unit
    self.zone = zone
    values = ValueAxis(reaching: maximum, about: plot.height > 220 ? 5 : 3, whole: unit == .replicas)
    horizontal = LinearScale(
      from: from.secondsSinceEpoch, to: max(from.secondsSinceEpoch + 1e-3, to.secondsSinceEpoch),
      pixels: (plot.x, plot.right))
    vertical = LinearScale(from: 0, to: values.top, pixels: (plot.bottom, plot.y))
  }

  /// The room that tick labels need on the left.
  static func margin(reaching maximum: Double, unit: AxisUnit) -> Double {
    let widest = ValueAxis(reaching: maximum).ticks.map { TextMetrics.width(unit.tick($0)) }.max() ?? 0
    return (widest + 10).rounded(.up)
  }

  func x(_ time: Timestamp) -> Double { horizontal(time.secondsSinceEpoch) }
  func x(seconds: Double) -> Double { horizontal(seconds) }
  func y(_ value: Double) -> Double { vertical(value) }

  /// Grid, ticks and the unit.
  func drawAxes(into svg: inout SVG) {
    for tick in values.ticks {
      svg.line(plot.x, y(tick), plot.right, y(tick), class: tick == 0 ? "axis" : "grid")
      svg.label(unit.tick(tick), plot.x - 8, y(tick) + 4.5, class: "t e")
    }
    if !unit.caption.isEmpty { svg.label(unit.caption, 0, plot.y - 14, class: "t") }
    let axis = TimeAxis(from: from, to: to, atMost: Int(plot.width / 92), zone: zone)
    var free = -Double.infinity
    for tick in axis.ticks {
      let px = x(tick.time)
      svg.line(px, plot.bottom, px, plot.bottom + 5, class: "axis")
      let width = TextMetrics.width(tick.label)
      // The first and the last label are pushed inside rather than cut; one without room is left out.
      let centre = min(max(px, width / 2), svg.width - width / 2)
      guard centre - width / 2 >= free else { continue }
      svg.label(tick.label, centre, plot.bottom + 20, class: "t m")
      free = centre + width / 2 + 8
    }
  }

  /// The points of a series to draw, one list a run between gaps; each value stands at the middle of its step.
  func points(_ series: ChartSeries) -> [[(x: Double, y: Double)]] {
    let visible = series.indices(from: from, to: to)
    let span = Double(visible.count) * series.step / max(1e-9, (to - from).seconds)
    let columns = max(1, Int(plot.width * min(1, span)))
    return Downsampling.runs(series.values[visible], columns: columns).map { run in
      run.map { i in
        (min(max(x(seconds: series.seconds(at: i) + series.step / 2), plot.x), plot.right), y(series.values[i]))
      }
    }
  }

  /// The points of a series as stairs: each value from the start of its step; the last one to the end of its step.
  func stairs(_ series: ChartSeries) -> [[(x: Double, y: Double)]] {
    let visible = series.indices(from: from, to: to)
    let span = Double(visible.count) * series.step / max(1e-9, (to - from).seconds)
    let columns = max(1, Int(plot.width * min(1, span)))
    return Downsampling.runs(series.values[visible], columns: columns).map { run in
      var points = run.map { i in (x: max(x(seconds: series.seconds(at: i)), plot.x), y: y(series.values[i])) }
      if let last = run.last {
        points.append((min(x(seconds: series.seconds(at: last) + series.step), plot.right), y(series.values[last])))
      }
      return points
    }
  }

  /// The outline of a band between two series of the same times.
  func band(low: ChartSeries, high: ChartSeries) -> PathData {
    let visible = high.indices(from: from, to: to)
    let columns = max(1, Int(plot.width))
    let top = Downsampling.extremes(high.values[visible], columns: columns, largest: true)
    let bottom = Downsampling.extremes(
      low.values[visible.clamped(to: low.values.indices)], columns: columns, largest: false)
    var path = PathData()
    guard top.count == bottom.count, top.count > 1 else { return path }
    var run: [Int] = []
    func flush() {
      guard run.count > 1 else { return }
      func px(_ i: Int) -> Double {
        min(max(x(seconds: high.seconds(at: top[i].index) + high.step / 2), plot.x), plot.right)
      }
      path.polyline(run.map { (px($0), y(top[$0].value)) })
      for i in run.reversed() { path.line(to: px(i), y(bottom[i].value)) }
      path.close()
    }
    for i in top.indices {
      if top[i].value.isFinite, bottom[i].value.isFinite {
        run.append(i)
      } else {
        flush()
        run = []
      }
    }
    flush()
    return path
  }
}
