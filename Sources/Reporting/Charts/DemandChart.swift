import Quantities

/// The chart that carries a plan's argument: demand as it was, the forecast with its band, the capacity of today and
/// the planned one, events, and where demand crosses capacity.
public struct DemandChart: Chart {
  /// A capacity that holds from one moment to another.
  public struct Level: Sendable {
    public enum Kind: Sendable { case today, planned }
    public var kind: Kind
    public var value: Double
    /// Nil: from the left edge.
    public var from: Timestamp?
    public var label: String
    public init(_ kind: Kind, value: Double, from: Timestamp? = nil, label: String) {
      self.kind = kind
      self.value = value
      self.from = from
      self.label = label
    }
  }
  /// Something that happens to demand.
  public struct Event: Sendable {
    /// Empty: only the span is drawn.
    public var name: String
    public var from: Timestamp
    public var to: Timestamp
    /// The expected peak, where it is known.
    public var peak: Double?
    public var detail: String
    public init(name: String, from: Timestamp, to: Timestamp, peak: Double? = nil, detail: String = "") {
      self.name = name
      self.from = from
      self.to = to
      self.peak = peak
      self.detail = detail
    }
  }
  /// A point that the reader must see.
  public struct Mark: Sendable {
    public var time: Timestamp
    public var value: Double
    public var label: String
    public init(time: Timestamp, value: Double, label: String) {
      self.time = time
      self.value = value
      self.label = label
    }
  }

  public var title: String
  public var description: String
  public var from: Timestamp
  public var to: Timestamp
  public var zone: TimeZoneRules = .utc
  public var unit: AxisUnit = .requestsPerSecond
  public var history: ChartSeries?
  public var forecast: ChartSeries?
  public var low: ChartSeries?
  public var high: ChartSeries?
  /// What the band is: `"80 % interval"`.
  public var bandName = ""
  /// Where what has happened ends.
  public var now: Timestamp?
  public var levels: [Level] = []
  public var events: [Event] = []
  public var crossing: Mark?
  /// The range of the highest step of all that is ahead, drawn at the right edge: it lies above the medians of single
  /// steps.
  public var peak: (low: Double, mid: Double, high: Double, label: String)?

  public init(title: String, description: String, from: Timestamp, to: Timestamp) {
    self.title = title
    self.description = description
    self.from = from
    self.to = to
  }

  private var maximum: Double {
    let series = [history, forecast, high].compactMap { $0?.maximum(from: from, to: to) }
    return (series + levels.map { $0.value } + [peak?.high ?? 0]).filter { $0.isFinite }.max() ?? 1
  }

  public func drawn(width: Double, id: String) -> SVG {
    let height = width >= 900 ? 370.0 : width >= 600 ? 340 : 320
    var svg = SVG(width: width, height: height, id: id, title: title, description: description)
    let left = TimeFrame.margin(reaching: maximum, unit: unit)
    let plot = Rectangle(left: left, top: 36, right: width - 2, bottom: height - 28)
    let frame = TimeFrame(plot, from: from, to: to, reaching: maximum, unit: unit, zone: zone)
    var layout = LabelLayout(bounds: Rectangle(left: left + 4, top: 18, right: width - 4, bottom: plot.bottom - 4))

    // The unit's name above the axis is a label like any other.
    let caption = unit.caption.isEmpty ? 0 : TextMetrics.width(unit.caption) + 8
    layout.reserve(Rectangle(left: 0, top: plot.y - 28, right: caption, bottom: plot.y - 9))
    let future = now.map { min(max(frame.x($0), plot.x), plot.right) } ?? (history == nil ? plot.x : plot.right)
    svg.rectangle(Rectangle(left: future, top: plot.y - 18, right: plot.right, bottom: plot.bottom), class: "future")
    frame.drawAxes(into: &svg)
    if let low, let high { svg.path(frame.band(low: low, high: high), class: "band") }
    for (series, name) in [(history, "demand"), (forecast, "forecast")] {
      guard let series else { continue }
      var path = PathData()
      let runs = frame.points(series)
      for run in runs { path.polyline(run) }
      layout.avoid(runs)
      svg.path(path, class: name)
    }
    drawEvents(into: &svg, frame)
    drawPeak(into: &svg, frame, &layout)
    let risers = drawLevels(into: &svg, frame, &layout)
    drawLabels(into: &svg, frame, &layout, future: future, caption: caption, risers: risers)
    return svg
  }

  private func drawEvents(into svg: inout SVG, _ frame: TimeFrame) {
    for event in events where event.to >= from && event.from <= to {
      let (a, b) = (max(frame.x(event.from), frame.plot.x), min(frame.x(event.to), frame.plot.right))
      svg.line(a, frame.plot.bottom, max(b, a + 3), frame.plot.bottom, class: "span")
    }
  }

  private func drawPeak(into svg: inout SVG, _ frame: TimeFrame, _ layout: inout LabelLayout) {
    guard let peak else { return }
    let x = frame.plot.right - 9
    let (low, mid, high) = (frame.y(peak.low), frame.y(peak.mid), frame.y(peak.high))
    svg.line(x, low, x, high, class: "range")
    for y in [low, high] { svg.line(x - 5, y, x + 5, y, class: "range") }
    svg.circle(x, mid, radius: 4, class: "fd", tooltip: peak.label)
    layout.reserve(Rectangle(left: x - 6, top: high, right: x + 6, bottom: low))
    let places = [5.0, -14, 24, -32, 42].map { LabelLayout.Place(x: x - 12, y: mid + $0, anchor: .end) }
    if let place = layout.place([peak.label], among: places) {
      svg.label([peak.label], at: place, class: "cd", onWash: true)
    }
  }

  /// Draws the capacities; gives the left end of each.
  private func drawLevels(into svg: inout SVG, _ frame: TimeFrame, _ layout: inout LabelLayout) -> [Double] {
    let today = levels.first { $0.kind == .today }
    return levels.map { level in
      let start = min(max(level.from.map { frame.x($0) } ?? frame.plot.x, frame.plot.x), frame.plot.right)
      let y = frame.y(level.value)
      var points = [(x: start, y: y), (x: frame.plot.right, y: y)]
      if level.kind == .planned, let today, start > frame.plot.x { points.insert((start, frame.y(today.value)), at: 0) }
      var path = PathData()
      path.polyline(points)
      svg.path(path, class: level.kind == .today ? "today" : "planned")
      layout.avoid([[(x: start, y: y), (x: frame.plot.right, y: y)]])
      if points.count == 3 {
        let ends = [y, points[0].y]
        layout.reserve(
          Rectangle(left: start - 2, top: (ends.min() ?? y) + 2, right: start + 2, bottom: (ends.max() ?? y) - 2))
      }
      return start
    }
  }

  private func drawLabels(
    into svg: inout SVG, _ frame: TimeFrame, _ layout: inout LabelLayout, future: Double, caption: Double,
    risers: [Double]
  ) {
    let plot = frame.plot
    if let crossing, crossing.time >= from, crossing.time <= to {
      let (x, y) = (frame.x(crossing.time), frame.y(crossing.value))
      svg.circle(x, y, radius: 5.5, class: "mark", tooltip: crossing.label)
      layout.reserve(Rectangle(x: x - 6, y: y - 6, width: 12, height: 12))
      let places: [LabelLayout.Place] = [
        .init(x: x - 10, y: y - 8, anchor: .end), .init(x: x - 10, y: y + 18, anchor: .end),
        .init(x: x + 10, y: y - 8, anchor: .start), .init(x: x + 10, y: y + 18, anchor: .start),
        .init(x: x - 10, y: y - 30, anchor: .end), .init(x: x - 10, y: y + 42, anchor: .end),
        .init(x: x - 26, y: y + 18, anchor: .end), .init(x: x - 26, y: y - 8, anchor: .end),
        .init(x: x - 48, y: y + 18, anchor: .end), .init(x: x + 30, y: y - 8, anchor: .start),
      ]
      if let place = layout.place([crossing.label], bold: true, among: places) {
        svg.label([crossing.label], at: place, class: "b cf", onWash: place.x > future)
      }
    }
    for (level, start) in zip(levels, risers) {
      let y = frame.y(level.value)
      let above = y - 7
      let below = y + 17
      var places: [LabelLayout.Place] = []
      if level.kind == .planned, start > plot.x + 40 {
        places += [.init(x: start - 7, y: y + 5, anchor: .end), .init(x: start + 2, y: above, anchor: .start)]
      }
      for x in [start + 4, plot.x + plot.width * 0.25, plot.x + plot.width * 0.5] where x >= start {
        places += [.init(x: x, y: above, anchor: .start), .init(x: x, y: below, anchor: .start)]
      }
      places += [.init(x: plot.right - 4, y: above, anchor: .end), .init(x: plot.right - 4, y: below, anchor: .end)]
      if let place = layout.place([level.label], bold: true, among: places) {
        svg.label([level.label], at: place, class: level.kind == .today ? "b" : "b cc", onWash: place.x > future)
      }
    }
    let named = events.filter { !$0.name.isEmpty && $0.to >= from && $0.from <= to }
    for event in named.sorted(by: { ($0.peak ?? 0) > ($1.peak ?? 0) }) {
      let middle = (frame.x(event.from) + frame.x(event.to)) / 2
      let y = event.peak.map { frame.y($0) } ?? plot.y + 20
      let lines = event.detail.isEmpty ? [event.name] : [event.name, event.detail]
      let (a, b) = (frame.x(event.from), frame.x(event.to))
      let places: [LabelLayout.Place] = [
        .init(x: b + 8, y: y + 12, anchor: .start), .init(x: a - 8, y: y + 12, anchor: .end),
        .init(x: b + 8, y: y + 44, anchor: .start), .init(x: a - 8, y: y + 44, anchor: .end),
        .init(x: middle, y: y - 26, anchor: .middle), .init(x: b + 8, y: y - 20, anchor: .start),
        .init(x: a - 8, y: y - 20, anchor: .end), .init(x: b + 8, y: y + 80, anchor: .start),
        .init(x: a - 8, y: y + 80, anchor: .end), .init(x: a - 26, y: y + 12, anchor: .end),
        .init(x: a - 44, y: y + 12, anchor: .end), .init(x: b + 24, y: y + 12, anchor: .start),
      ]
      if let place = layout.place(lines, bold: true, among: places) {
        svg.label(lines, at: place, class: "b", onWash: place.x > future)
      } else if let place = layout.place([event.name], bold: true, among: places) {
        svg.label([event.name], at: place, class: "b", onWash: place.x > future)
      }
    }
    if future < plot.right - 20 {
      let name = bandName.isEmpty ? "forecast" : "forecast, \(bandName)"
      let places = [name, "forecast"].map { text in
        (text, [LabelLayout.Place(x: max(future + 6, caption), y: plot.y - 4, anchor: .start)])
      }
      for (text, candidates) in places {
        guard TextMetrics.width(text) < plot.right - max(future, caption) - 8 else { continue }
        if let place = layout.place([text], among: candidates) {
          svg.label([text], at: place, class: "cd", onWash: true)
          break
        }
      }
    }
  }
}
