import Quantities

/// What an autoscaler made of a demand: demand, ready capacity, what was starting, and in red what was not served.
public struct TimelineChart: Chart {
  public var title: String
  public var description: String
  public var from: Timestamp
  public var to: Timestamp
  public var zone: TimeZoneRules = .utc
  public var unit: AxisUnit = .requestsPerSecond
  public var demand: ChartSeries
  /// Whether the demand is a forecast: drawn dashed.
  public var isForecast = false
  /// Capacity of the replicas that serve.
  public var ready: ChartSeries
  /// Capacity of the replicas that serve and of those on their way.
  public var started: ChartSeries?
  /// Demand that nobody served, at the same times as `demand`.
  public var unserved: ChartSeries?
  /// What the red says: `"12,400 unserved"`. Empty where there is none.
  public var unservedLabel = ""

  /// Changes of scale and why, in order of time: shown where a pointer rests above them.
  public var changes: [(time: Timestamp, reason: String)] = []

  public init(
    title: String, description: String, from: Timestamp, to: Timestamp, demand: ChartSeries, ready: ChartSeries
  ) {
    self.title = title
    self.description = description
    self.from = from
    self.to = to
    self.demand = demand
    self.ready = ready
  }

  public func drawn(width: Double, id: String) -> SVG {
    let height = width >= 900 ? 280.0 : 270
    var svg = SVG(width: width, height: height, id: id, title: title, description: description)
    let maximum = [demand, ready, started].compactMap { $0?.maximum(from: from, to: to) }.max() ?? 1
    let left = TimeFrame.margin(reaching: maximum, unit: unit)
    let plot = Rectangle(left: left, top: 34, right: width - 2, bottom: height - 28)
    let frame = TimeFrame(plot, from: from, to: to, reaching: maximum, unit: unit, zone: zone)
    var layout = LabelLayout(bounds: Rectangle(left: left + 4, top: 16, right: width - 4, bottom: plot.bottom - 4))
    frame.drawAxes(into: &svg)

    var area = PathData()
    var edge = PathData()
    let stairs = frame.stairs(ready)
    for run in stairs {
      guard let first = run.first, let last = run.last else { continue }
      area.move(to: first.x, plot.bottom)
      area.stairs(run, startingPath: false)
      area.line(to: last.x, plot.bottom)
      area.close()
      edge.stairs(run)
    }
    layout.avoid(stairs)
    svg.path(area, class: "ready")
    if let started {
      var path = PathData()
      for run in frame.stairs(started) { path.stairs(run) }
      svg.path(path, class: "starting")
    }
    svg.path(edge, class: "planned")
    let red = unservedAreas(frame)
    svg.path(red.path, class: "unserved", tooltip: unservedLabel.isEmpty ? nil : unservedLabel)
    var line = PathData()
    let runs = frame.points(demand)
    for run in runs { line.polyline(run) }
    layout.avoid(runs)
    svg.path(line, class: isForecast ? "forecast" : "demand")

    if !unservedLabel.isEmpty, let (x, y) = red.top {
      let places = [-8.0, -28, -52, 18, 40, 64].flatMap { dy -> [LabelLayout.Place] in
        [.init(x: x + 8, y: y + dy, anchor: .start), .init(x: x - 8, y: y + dy, anchor: .end)]
      }
      if let place = layout.place([unservedLabel], bold: true, among: places) {
        if abs(place.y - y) > 26 { svg.line(x, y, place.x, place.y > y ? place.y - 12 : place.y + 4, class: "lead") }
        svg.label([unservedLabel], at: place, class: "b cf")
      }
    }
    place("ready capacity", along: stairs, above: true, class: "b cc", into: &svg, frame, &layout)
    place(
      isForecast ? "demand, forecast" : "demand", along: runs, above: false, class: "b cd", into: &svg, frame, &layout)
    if let started { labelStarted(started, into: &svg, frame, &layout) }
    drawChanges(frame, into: &svg)
    return svg
  }

  /// A stroke on the axis for each change, and above it, unseen, where a pointer finds the reason. Changes within six
  /// pixels share a place: more of them would make the page large and none of them easier to hit.
  private func drawChanges(_ frame: TimeFrame, into svg: inout SVG) {
    let cell = 6.0
    var at = changes.startIndex
    while at < changes.endIndex {
      let x = frame.x(seconds: changes[at].time.secondsSinceEpoch)
      guard x >= frame.plot.x, x <= frame.plot.right else {
        at += 1
        continue
      }
      let left = frame.plot.x + ((x - frame.plot.x) / cell).rounded(.down) * cell
      var end = at
      while end < changes.endIndex, frame.x(seconds: changes[end].time.secondsSinceEpoch) < left + cell { end += 1 }
      end = max(end, at + 1)
      var lines = changes[at..<min(end, at + 3)].map(\.reason)
      if end - at > 3 { lines.append("and \(end - at - 3) more") }
      svg.line(x, frame.plot.bottom - 5, x, frame.plot.bottom, class: "lead")
      svg.rectangle(
        Rectangle(left: left, top: frame.plot.y, right: min(left + cell, frame.plot.right), bottom: frame.plot.bottom),
        class: "hover", tooltip: lines.joined(separator: "\n"))
      at = end
    }
  }

  /// Names the line of starting replicas where it stands furthest above the ready ones.
  private func labelStarted(
    _ started: ChartSeries, into svg: inout SVG, _ frame: TimeFrame, _ layout: inout LabelLayout
  ) {
    let visible = started.indices(from: from, to: to).clamped(to: ready.indices(from: from, to: to))
    let ahead = visible.map { (index: $0, by: started.values[$0] - ready.values[$0]) }.filter { $0.by.isFinite }
      .sorted { $0.by > $1.by }.prefix(40)
    let places = ahead.compactMap { step -> LabelLayout.Place? in
      let y = frame.y(started.values[step.index])
      guard frame.y(ready.values[step.index]) - y > 4 else { return nil }
      return .init(x: frame.x(seconds: started.seconds(at: step.index)), y: y - 7, anchor: .middle)
    }
    if let place = layout.place(["with those starting"], among: places) {
      svg.label(["with those starting"], at: place, class: "cc")
    }
  }

  /// The red: from what was served up to the demand, one closed path, and its highest point.
  private func unservedAreas(_ frame: TimeFrame) -> (path: PathData, top: (x: Double, y: Double)?) {
    var path = PathData()
    var top: (x: Double, y: Double)?
    guard let unserved else { return (path, nil) }
    let visible = unserved.indices(from: from, to: to).clamped(to: demand.values.indices)
    let columns = max(1, Int(frame.plot.width))
    let n = visible.count
    let cells = min(n, columns)
    guard cells > 0 else { return (path, nil) }
    for c in 0..<cells {
      let from = visible.lowerBound + c * n / cells
      let to = visible.lowerBound + (c + 1) * n / cells
      guard let worst = (from..<to).max(by: { unserved.values[$0] < unserved.values[$1] }),
        unserved.values[worst] > 0, demand.values[worst].isFinite
      else { continue }
      let a = max(frame.x(seconds: unserved.seconds(at: from)), frame.plot.x)
      let b = min(max(frame.x(seconds: unserved.seconds(at: to)), a + 1), frame.plot.right)
      let high = frame.y(demand.values[worst])
      let low = frame.y(max(0, demand.values[worst] - unserved.values[worst]))
      path.polyline([(a, low), (a, high), (b, high), (b, low)])
      path.close()
      if high < top?.y ?? .infinity { top = ((a + b) / 2, high) }
    }
    return (path, top)
  }

  /// Puts a line's name beside it, where there is most room.
  private func place(
    _ text: String, along runs: [[(x: Double, y: Double)]], above: Bool, class name: String, into svg: inout SVG,
    _ frame: TimeFrame, _ layout: inout LabelLayout
  ) {
    let points = runs.joined().map { $0 }
    guard !points.isEmpty else { return }
    let half = TextMetrics.width(text, bold: true) / 2
    var places: [LabelLayout.Place] = []
    for share in [0.04, 0.12, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9] {
      let x = frame.plot.x + frame.plot.width * share
      // The outer edge of the line under the whole label, so that it clears every step.
      let near = points.filter { abs($0.x - x) <= half + 6 }.map { $0.y }
      guard let high = near.min(), let low = near.max() else { continue }
      places.append(.init(x: x, y: above ? high - 7 : low + 17, anchor: .middle))
    }
    if let place = layout.place([text], bold: true, among: places) { svg.label([text], at: place, class: name) }
  }
}
