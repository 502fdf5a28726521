import Quantities

/// A line the size of a word: its shape, its highest point, nothing else.
public struct SparkChart: Chart {
  public var title: String
  public var description: String
  public var values: [Double]

  public init(title: String, description: String, values: [Double]) {
    self.title = title
    self.description = description
    self.values = values
  }

  public func drawn(width: Double = 120, id: String) -> SVG {
    let height = 28.0
    var svg = SVG(width: width, height: height, id: id, title: title, description: description)
    let high = max(values.filter { $0.isFinite }.max() ?? 1, 1e-12)
    let y = LinearScale(from: 0, to: high, pixels: (height - 2, 4))
    let x = LinearScale(from: 0, to: Double(max(1, values.count - 1)), pixels: (2, width - 4))
    var path = PathData()
    var top: (x: Double, y: Double)?
    for run in Downsampling.runs(values[...], columns: Int(width)) {
      let points = run.map { (x: x(Double($0)), y: y(values[$0])) }
      path.polyline(points)
      for p in points where p.y < top?.y ?? .infinity { top = p }
    }
    svg.path(path, class: "demand")
    if let top { svg.circle(top.x, top.y, radius: 2.5, class: "fd") }
    return svg
  }
}
