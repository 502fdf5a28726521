import Glibc

/// Labelled bars, one below the other.
public struct BarChart: Sendable {
  /// One bar.
  public struct Bar: Sendable {
    public var label: String
    /// Its length; below zero or not finite: none.
    public var value: Double
    /// What stands after it; nil for the value in short.
    public var text: String?
    /// Its colour.
    public var role: Style.Role?

    public init(_ label: String, _ value: Double, text: String? = nil, role: Style.Role? = nil) {
      self.label = label
      self.value = value
      self.text = text
      self.role = role
    }
  }

  /// The bars from top to bottom.
  public var bars: [Bar]
  /// Columns, labels and texts included.
  public var width: Int
  /// The value of a bar of full length; nil for the largest.
  public var limit: Double?

  public init(_ bars: [Bar], width: Int = 80, limit: Double? = nil) {
    self.bars = bars
    self.width = width
    self.limit = limit
  }

  /// Eighths of a block, from one to eight.
  private static let eighths: [Character] = ["▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"]

  /// The picture, each bar a line.
  public func text(style: Style = .plain) -> String {
    let texts = bars.map { $0.text ?? CompactNumber.text($0.value) }
    let textWidth = texts.map { DisplayWidth.of($0) }.max() ?? 0
    // Labels take a third at most.
    let labelWidth = min(bars.map { DisplayWidth.of($0.label) }.max() ?? 0, max(8, width / 3))
    let room = max(4, width - labelWidth - textWidth - 2)
    let largest = limit ?? bars.map { $0.value }.filter { $0.isFinite }.max() ?? 0
    var picture = ""
    for (bar, text) in zip(bars, texts) {
      let share = largest > 0 && bar.value > 0 && bar.value.isFinite ? min(1, bar.value / largest) : 0
      let ink = BarChart.ink(share, room: room, isUnicode: style.isUnicode)
      let gap = String(repeating: " ", count: max(0, labelWidth - DisplayWidth.of(bar.label)))
      let painted = bar.role.map { style($0, ink) } ?? ink
      let label = shortened(bar.label, labelWidth, style)
      picture += "\(label)\(gap) \(painted)\(ink.isEmpty ? "" : " ")\(text)\n"
    }
    return picture
  }

  private static func ink(_ share: Double, room: Int, isUnicode: Bool) -> String {
    guard share > 0 else { return "" }
    guard isUnicode else { return String(repeating: "#", count: max(1, Int((share * Double(room)).rounded()))) }
    // What is there is seen: an eighth at least.
    let units = max(1, Int((share * Double(room * 8)).rounded()))
    let full = String(repeating: "█", count: units / 8)
    return units % 8 == 0 ? full : full + String(eighths[units % 8 - 1])
  }

  private func shortened(_ label: String, _ width: Int, _ style: Style) -> String {
    if DisplayWidth.of(label) <= width { return label }
    return DisplayWidth.prefix(label, columns: width - 1).text + (style.isUnicode ? "…" : "~")
  }
}
