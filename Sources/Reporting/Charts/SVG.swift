import Glibc

/// An SVG picture under construction. Every text and every attribute is escaped on the way in.
public struct SVG: Sendable {
  public let width: Double
  public let height: Double
  private var text: String

  /// - Parameters:
  ///   - id: unique on the page; the title and the description hang on it.
  ///   - title: what the picture shows, for screen readers and as the name of the picture.
  ///   - description: what there is to see, in a sentence or two.
  public init(width: Double, height: Double, id: String, title: String, description: String) {
    self.width = width
    self.height = height
    let name = HTML.escaped(id)
    text = """
      <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(SVG.number(width)) \(SVG.number(height))" role="img" \
      aria-labelledby="\(name)-t \(name)-d"><title id="\(name)-t">\(HTML.escaped(title))</title>\
      <desc id="\(name)-d">\(HTML.escaped(description))</desc>
      """
  }

  /// The whole picture.
  public func rendered() -> String { text + "</svg>" }

  // MARK: Shapes

  public mutating func line(_ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, class name: String) {
    add(
      "<line x1=\"\(SVG.number(x1))\" y1=\"\(SVG.number(y1))\" x2=\"\(SVG.number(x2))\" y2=\"\(SVG.number(y2))\" class=\"\(HTML.escaped(name))\"/>"
    )
  }

  /// - Parameters:
  ///   - opacity: of the fill; nil leaves it to the class.
  ///   - tooltip: what a pointer resting on it shows.
  public mutating func rectangle(
    _ frame: Rectangle, class name: String, radius: Double = 0, opacity: Double? = nil, tooltip: String? = nil
  ) {
    guard frame.width > 0, frame.height > 0 else { return }
    var tag =
      "<rect x=\"\(SVG.number(frame.x))\" y=\"\(SVG.number(frame.y))\" width=\"\(SVG.number(frame.width))\" height=\"\(SVG.number(frame.height))\""
    if radius > 0 { tag += " rx=\"\(SVG.number(radius))\"" }
    if let opacity { tag += " fill-opacity=\"\(SVG.number(opacity, decimals: 2))\"" }
    tag += " class=\"\(HTML.escaped(name))\""
    add(tag + close("rect", tooltip))
  }

  public mutating func circle(_ x: Double, _ y: Double, radius: Double, class name: String, tooltip: String? = nil) {
    add(
      "<circle cx=\"\(SVG.number(x))\" cy=\"\(SVG.number(y))\" r=\"\(SVG.number(radius))\" class=\"\(HTML.escaped(name))\""
        + close("circle", tooltip))
  }

  public mutating func path(_ data: PathData, class name: String, tooltip: String? = nil) {
    guard !data.isEmpty else { return }
    add("<path d=\"\(data.text)\" class=\"\(HTML.escaped(name))\"" + close("path", tooltip))
  }

  /// A line of text with its baseline at `y`. Classes: `t` soft, `e` ends at x, `m` centred, `b` bold, `h` with a
  /// halo of paper, `cd` `cc` `cf` `cw` in the colour of demand, capacity, failure, warning.
  public mutating func label(_ plain: some StringProtocol, _ x: Double, _ y: Double, class name: String = "") {
    let kind = name.isEmpty ? "" : " class=\"\(HTML.escaped(name))\""
    add("<text x=\"\(SVG.number(x))\" y=\"\(SVG.number(y))\"\(kind)>\(HTML.escaped(plain))</text>")
  }

  private func close(_ element: String, _ tooltip: String?) -> String {
    tooltip.map { "><title>\(HTML.escaped($0))</title></\(element)>" } ?? "/>"
  }

  private mutating func add(_ markup: String) { text += markup }

  /// A coordinate with at most one decimal; what is not a number becomes 0, so that a bad value cannot break a page.
  static func number(_ value: Double, decimals: Int = 1) -> String {
    guard value.isFinite else { return "0" }
    let factor: Int = decimals == 1 ? 10 : decimals == 2 ? 100 : 1
    let scaled = Int((min(max(value, -1e6), 1e6) * Double(factor)).rounded())
    let (whole, part) = scaled.magnitude.quotientAndRemainder(dividingBy: UInt(factor))
    var text = scaled < 0 ? "-\(whole)" : "\(whole)"
    if part > 0 {
      var digits = String(part)
      digits = String(repeating: "0", count: decimals - digits.count) + digits
      while digits.hasSuffix("0") { digits.removeLast() }
      text += "." + digits
    }
    return text
  }
}

/// A rectangle in a picture's coordinates, y down.
public struct Rectangle: Hashable, Sendable {
  public var x: Double
  public var y: Double
  public var width: Double
  public var height: Double

  public init(x: Double, y: Double, width: Double, height: Double) {
    self.x = x
    self.y = y
    self.width = width
    self.height = height
  }
  public init(left: Double, top: Double, right: Double, bottom: Double) {
    self.init(x: left, y: top, width: right - left, height: bottom - top)
  }
  public var right: Double { x + width }
  public var bottom: Double { y + height }

  /// The area that two rectangles share.
  func overlap(_ other: Rectangle) -> Double {
    max(0, min(right, other.right) - max(x, other.x)) * max(0, min(bottom, other.bottom) - max(y, other.y))
  }
}
