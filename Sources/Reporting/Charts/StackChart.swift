import Quantities

/// Lying bars with their amounts beside them; a bar may consist of parts.
public struct StackChart: Chart {
  public struct Part: Sendable {
    public enum Kind: String, Sendable {
      case demand = "fd"
      case spare = "fd2"
      case capacity = "fc"
      case capacitySpare = "fc2"
      case fails = "ff"
    }
    public var value: Double
    public var kind: Kind
    public var words: String
    public init(_ value: Double, _ kind: Kind, _ words: String) {
      self.value = value
      self.kind = kind
      self.words = words
    }
  }
  public struct Row: Sendable {
    public var label: String
    /// Where the bar begins: parts that stand on others begin where those end.
    public var start: Double
    public var parts: [Part]
    /// What stands behind the bar.
    public var amount: String
    public init(label: String, start: Double = 0, parts: [Part], amount: String) {
      self.label = label
      self.start = start
      self.parts = parts
      self.amount = amount
    }
  }
  public var title: String
  public var description: String
  public var rows: [Row]

  public init(title: String, description: String, rows: [Row]) {
    self.title = title
    self.description = description
    self.rows = rows
  }

  public func drawn(width: Double, id: String) -> SVG {
    let slim = width < 480
    // On a narrow picture the label stands above its bar.
    let tall = slim ? 44.0 : 30.0
    var svg = SVG(
      width: width, height: tall * Double(max(1, rows.count)) + 4, id: id, title: title, description: description)
    let widestLabel = rows.map { TextMetrics.width($0.label) }.max() ?? 0
    let widestAmount = rows.map { TextMetrics.width($0.amount) }.max() ?? 0
    let left = slim ? 0 : min(widestLabel + 14, width * 0.4)
    let room = max(40, width - left - min(widestAmount + 14, width * 0.55))
    func end(_ row: Row) -> Double { row.parts.reduce(row.start) { $0 + ($1.value.isFinite ? max(0, $1.value) : 0) } }
    let maximum = rows.map(end).max() ?? 1
    let scale = LinearScale(from: 0, to: max(maximum, 1e-12), pixels: (left, left + room))
    for (i, row) in rows.enumerated() {
      let top = Double(i) * tall
      let bar = Rectangle(x: 0, y: slim ? top + 20 : top + 6, width: 0, height: 18)
      svg.label(row.label, 0, slim ? top + 14 : bar.y + 13.5)
      if row.start > 0 {
        svg.line(scale(row.start), bar.y - (slim ? 6 : 12), scale(row.start), bar.bottom, class: "lead")
      }
      var at = row.start
      for part in row.parts where part.value.isFinite && part.value > 0 {
        // A part too small to see still shows a hair.
        let right = max(scale(at + part.value), scale(at) + 1.5)
        svg.rectangle(
          Rectangle(left: scale(at), top: bar.y, right: right, bottom: bar.bottom), class: part.kind.rawValue,
          tooltip: part.words)
        at += part.value
      }
      svg.label(row.amount, scale(at) + 8, bar.y + 13.5, class: "t")
    }
    return svg
  }
}
