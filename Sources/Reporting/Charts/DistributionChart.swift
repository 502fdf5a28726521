import Glibc
import Quantities

/// How an uncertain amount is spread, with the limits that it must not pass; what lies above the last limit is red.
public struct DistributionChart: Chart {
  public struct Mark: Sendable {
    public enum Kind: String, Sendable {
      case estimate = "lead"
      case today = "today"
      case planned = "planned"
    }
    public var value: Double
    public var label: String
    public var kind: Kind
    public init(_ value: Double, _ kind: Kind, _ label: String) {
      self.value = value
      self.label = label
      self.kind = kind
    }
  }
  public var title: String
  public var description: String
  public var unit: AxisUnit
  /// Bars of equal width from `from`: the share of the whole in each.
  public var shares: [Double]
  public var from: Double
  public var barWidth: Double
  public var marks: [Mark]
  /// The amount above which a bar is red.
  public var limit: Double?

  public init(
    title: String, description: String, unit: AxisUnit, shares: [Double], from: Double, barWidth: Double, marks: [Mark],
    limit: Double?
  ) {
    self.title = title
    self.description = description
    self.unit = unit
    self.shares = shares
    self.from = from
    self.barWidth = max(barWidth, 1e-12)
    self.marks = marks
    self.limit = limit
  }

  /// Shares of samples in equal bars.
  static func shares(of samples: [Double], bars: Int) -> (from: Double, width: Double, shares: [Double])? {
    let known = samples.filter { $0.isFinite }
    guard let low = known.min(), let high = known.max(), high > low, bars > 0 else { return nil }
    let width = (high - low) / Double(bars)
    var shares = Array(repeating: 0.0, count: bars)
    for v in known { shares[min(bars - 1, Int((v - low) / width))] += 1 / Double(known.count) }
    return (low, width, shares)
  }

  public func drawn(width: Double, id: String) -> SVG {
    let lines = Double(marks.count)
    let top = 8 + lines * LabelLayout.lineHeight
    let height = top + 130
    var svg = SVG(width: width, height: height, id: id, title: title, description: description)
    let to = max(from + barWidth * Double(shares.count), marks.map { $0.value }.filter { $0.isFinite }.max() ?? from)
    let start = min(from, marks.map { $0.value }.filter { $0.isFinite }.min() ?? from)
    let pad = max(1e-9, to - start) * 0.02
    let across = LinearScale(from: start - pad, to: to + pad, pixels: (2, width - 2))
    let bottom = height - 26
    let highest = shares.filter { $0.isFinite }.max() ?? 1
    let up = LinearScale(from: 0, to: max(highest, 1e-12), pixels: (bottom, top + 8))
    for (i, share) in shares.enumerated() where share > 0 {
      let a = from + Double(i) * barWidth
      let red = limit.map { a + barWidth / 2 > $0 } ?? false
      svg.rectangle(
        Rectangle(left: across(a) + 0.5, top: up(share), right: across(a + barWidth) - 0.5, bottom: bottom),
        class: red ? "ff" : "fd2",
        tooltip: "\(unit.written(a)) to \(unit.written(a + barWidth)): \(AxisUnit.percent.written(share))")
    }
    svg.line(0, bottom, width, bottom, class: "axis")
    for tick in ValueAxis.ticks(from: start - pad, to: to + pad, about: max(3, Int(width / 110))) {
      let text = unit.written(tick)
      let half = TextMetrics.width(text) / 2
      svg.line(across(tick), bottom, across(tick), bottom + 5, class: "axis")
      svg.label(text, min(max(across(tick), half), width - half), bottom + 20, class: "t m")
    }
    for (i, mark) in marks.sorted(by: { $0.value < $1.value }).enumerated() where mark.value.isFinite {
      let px = across(mark.value)
      let y = 14 + Double(i) * LabelLayout.lineHeight
      svg.line(px, y + 4, px, bottom, class: mark.kind.rawValue)
      let isLeft = px + TextMetrics.width(mark.label, bold: true) + 4 > width
      let color = mark.kind == .planned ? " b cc" : mark.kind == .today ? " b" : ""
      svg.label(mark.label, isLeft ? px + 2 : px - 2, y, class: "h\(color)" + (isLeft ? " e" : ""))
    }
    return svg
  }
}
