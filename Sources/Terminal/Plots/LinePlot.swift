/// Lines over time in the terminal: braille dots, or plain signs where the terminal shows ASCII only.
///
/// Each line has its own pattern and its name beside its end, so that colour only adds. Lines of more values than
/// there are dots are drawn by the lowest and highest of each dot's values: a peak of one value survives. What is
/// not finite is a gap.
public struct LinePlot: Sendable {
  /// One line.
  public struct Series: Sendable {
    /// What stands beside its end; empty for nothing.
    public var name: String
    /// Evenly spaced values; not a number where there is none.
    public var values: [Double]
    /// Its colour.
    public var role: Style.Role?

    public init(_ name: String, _ values: [Double], role: Style.Role? = nil) {
      self.name = name
      self.values = values
      self.role = role
    }
  }

  /// The lines; later ones are drawn over earlier ones. All span the same time, whatever their counts.
  public var series: [Series]
  /// Columns, axis and names included.
  public var width: Int
  /// Rows between the axes.
  public var height: Int
  /// Texts under the axis, evenly spread from its beginning to its end; those without room are left out.
  public var xLabels: [String]
  /// Whether the axis begins at zero, as it must where height means amount.
  public var isFromZero: Bool
  /// Writes a tick's value; nil writes round numbers: 50k.
  public var tickText: (@Sendable (Double) -> String)?

  public init(
    _ series: [Series], width: Int = 80, height: Int = 10, xLabels: [String] = [], isFromZero: Bool = true,
    tickText: (@Sendable (Double) -> String)? = nil
  ) {
    self.series = series
    self.width = width
    self.height = height
    self.xLabels = xLabels
    self.isFromZero = isFromZero
    self.tickText = tickText
  }

  /// The picture, each row a line. "no data" where no value is finite.
  public func text(style: Style = .plain) -> String {
    let height = max(2, height)
    let scale = Scale(
      covering: series.lazy.flatMap { $0.values }, isFromZero: isFromZero, ticks: max(2, height / 2))
    guard let scale else { return "no data\n" }
    let ticks = tickTexts(scale, rows: height)
    let left = ticks.values.map { DisplayWidth.of($0) }.max() ?? 0
    let names = nameRows(scale, rows: height)
    let right = min(24, names.values.flatMap { $0 }.map { DisplayWidth.of(series[$0].name) + 1 }.max() ?? 0)
    let columns = max(4, width - left - 2 - right)
    var canvas = Canvas(columns: columns, rows: height, isBraille: style.isUnicode)
    for (index, one) in series.enumerated() {
      let spans = Raster.spans(of: one.values, columns: canvas.dotColumns) { scale.position($0) }
      canvas.draw(spans, series: index)
    }
    var text = ""
    for row in 0..<height {
      let tick = ticks[row]
      let axis = style.isUnicode ? (tick == nil ? "│" : "┤") : (tick == nil ? "|" : "+")
      let gap = String(repeating: " ", count: left - DisplayWidth.of(tick ?? ""))
      var line =
        gap + style(.dim, "\(tick ?? "") \(axis)")
        + canvas.line(row) { series[$0].role.map { role in { style(role, $0) } } }
      for index in names[row] ?? [] {
        let name = DisplayWidth.prefix(series[index].name, columns: max(0, right - 1)).text
        line += " " + (series[index].role.map { style($0, name) } ?? name)
      }
      while line.last == " " { line.removeLast() }
      text += line + "\n"
    }
    let corner = style.isUnicode ? "└" : "+"
    let base = String(repeating: style.isUnicode ? "─" : "-", count: columns)
    text += String(repeating: " ", count: left + 1) + style(.dim, corner + base) + "\n"
    if let labels = labelLine(columns) { text += String(repeating: " ", count: left + 2) + labels + "\n" }
    return text + key(style)
  }

  /// Which pattern is whose: only where there is more than one line to tell apart.
  private func key(_ style: Style) -> String {
    guard series.count > 1 else { return "" }
    let entries = series.enumerated().filter { !$0.element.name.isEmpty }.map { index, one in
      let sample = Canvas.sample(series: index, isBraille: style.isUnicode)
      return (one.role.map { style($0, sample) } ?? sample) + " " + one.name
    }
    return entries.isEmpty ? "" : "  " + entries.joined(separator: "   ") + "\n"
  }

  private func tickTexts(_ scale: Scale, rows: Int) -> [Int: String] {
    let texts = tickText.map { scale.ticks.map($0) } ?? CompactNumber.texts(ofTicks: scale.ticks, step: scale.step)
    var ticks: [Int: String] = [:]
    for (value, text) in zip(scale.ticks, texts) {
      ticks[rows - 1 - Int((scale.position(value) * Double(rows - 1)).rounded())] = text
    }
    return ticks
  }

  /// The lines whose names stand in each row: where they end, moved to the nearest free row.
  private func nameRows(_ scale: Scale, rows: Int) -> [Int: [Int]] {
    var taken: [Int: [Int]] = [:]
    for (index, one) in series.enumerated() where !one.name.isEmpty {
      guard let last = one.values.last(where: { $0.isFinite }) else { continue }
      let wanted = rows - 1 - Int((scale.position(last) * Double(rows - 1)).rounded())
      let free = (0..<rows).filter { taken[$0] == nil }.min { abs($0 - wanted) < abs($1 - wanted) }
      if let free { taken[free] = [index] }
    }
    return taken
  }

  private func labelLine(_ columns: Int) -> String? {
    guard !xLabels.isEmpty else { return nil }
    var line = ""
    var end = 0
    var candidates = xLabels.enumerated().map { index, label -> (start: Int, label: String) in
      let share = xLabels.count == 1 ? 0 : Double(index) / Double(xLabels.count - 1)
      let width = DisplayWidth.of(label)
      let middle = Int((share * Double(columns - 1)).rounded()) - width / 2
      return (max(0, min(columns - width, middle)), label)
    }
    // The last one tells where the axis ends: it goes before those in its way.
    let last = candidates.removeLast()
    for (start, label) in candidates
    where (end == 0 || start >= end + 1) && start + DisplayWidth.of(label) + 1 <= last.start {
      line += String(repeating: " ", count: start - end) + label
      end = start + DisplayWidth.of(label)
    }
    return line + String(repeating: " ", count: max(end == 0 ? 0 : 1, last.start - end)) + last.label
  }
}
