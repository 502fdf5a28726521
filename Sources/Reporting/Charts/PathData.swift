/// The `d` of a path, in relative coordinates of a tenth of a pixel, without accumulating rounding errors.
public struct PathData: Sendable {
  private(set) var text = ""
  private var x = 0
  private var y = 0
  private var startX = 0
  private var startY = 0

  public init() {}
  public var isEmpty: Bool { text.isEmpty }

  public mutating func move(to px: Double, _ py: Double) {
    (x, y) = (PathData.tenths(px), PathData.tenths(py))
    (startX, startY) = (x, y)
    text += "M" + PathData.written(x) + " " + PathData.written(y)
  }

  public mutating func line(to px: Double, _ py: Double) {
    let (nx, ny) = (PathData.tenths(px), PathData.tenths(py))
    if ny == y {
      if nx != x { text += "h" + PathData.written(nx - x) }
    } else if nx == x {
      text += "v" + PathData.written(ny - y)
    } else {
      let dy = PathData.written(ny - y)
      text += "l" + PathData.written(nx - x) + (dy.hasPrefix("-") ? "" : " ") + dy
    }
    (x, y) = (nx, ny)
  }

  /// A dot: with round caps a line of no length is drawn as one.
  public mutating func dot() { text += "h.01" }

  public mutating func close() {
    text += "z"
    (x, y) = (startX, startY)
  }

  /// Adds points as a polyline; a single point becomes a dot.
  public mutating func polyline(_ points: [(x: Double, y: Double)]) {
    guard let first = points.first else { return }
    move(to: first.x, first.y)
    if points.count == 1 { dot() }
    for p in points.dropFirst() { line(to: p.x, p.y) }
  }

  /// Adds points as stairs: the value holds until the next point.
  public mutating func stairs(_ points: [(x: Double, y: Double)], startingPath: Bool = true) {
    guard let first = points.first else { return }
    if startingPath { move(to: first.x, first.y) } else { line(to: first.x, first.y) }
    var level = first.y
    for p in points.dropFirst() {
      line(to: p.x, level)
      line(to: p.x, p.y)
      level = p.y
    }
  }

  private static func tenths(_ value: Double) -> Int {
    value.isFinite ? Int((min(max(value, -1e6), 1e6) * 10).rounded()) : 0
  }

  private static func written(_ tenths: Int) -> String {
    let (whole, part) = tenths.magnitude.quotientAndRemainder(dividingBy: 10)
    let sign = tenths < 0 ? "-" : ""
    if part == 0 { return sign + String(whole) }
    return sign + (whole == 0 ? "" : String(whole)) + "." + String(part)
  }
}
