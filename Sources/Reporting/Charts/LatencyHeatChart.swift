import Glibc
import LoadTesting
import Quantities

/// Where the latencies of each moment lay: time to the right, latency upwards on a logarithmic axis, darker where more
/// requests were. Two bands side by side are two kinds of answer, which no percentile shows.
public struct LatencyHeatChart: Chart {
  public var title: String
  public var description: String
  public var seconds: [LoadSecond]

  public init(title: String, description: String, seconds: [LoadSecond]) {
    self.title = title
    self.description = description
    self.seconds = seconds
  }

  public func drawn(width: Double, id: String) -> SVG {
    let height = 270.0
    var svg = SVG(width: width, height: height, id: id, title: title, description: description)
    let cells = seconds.flatMap { $0.latencies.cells }.map { Int($0) }
    guard let least = cells.min(), let most = cells.max(), let first = seconds.first?.second,
      let last = seconds.last?.second
    else { return svg }
    // Rows of a whole number of cells, 26 at most; at least three cells are shown, so that one value is a band.
    let tall = max(1, (most - least + 26) / 26)
    let rows = (most - least) / tall + 1
    let labels = Self.decades(from: LatencyCells.bounds(of: least).low, to: LatencyCells.bounds(of: most).high)
    let left = (labels.map { TextMetrics.width($0.label) }.max() ?? 30) + 10
    let plot = Rectangle(left: left, top: 28, right: width - 8, bottom: height - 44)
    let span = last - first + 1
    let wide = max(1, (span + Int(plot.width / 7) - 1) / max(1, Int(plot.width / 7)))
    let columns = (span + wide - 1) / wide
    var grid = [[Double]](repeating: [Double](repeating: 0, count: rows), count: columns)
    for second in seconds {
      let column = (second.second - first) / wide
      guard grid.indices.contains(column) else { continue }
      for (cell, count) in zip(second.latencies.cells, second.latencies.counts) {
        grid[column][(Int(cell) - least) / tall] += Double(count)
      }
    }
    let x = LinearScale(from: Double(first), to: Double(last + 1), pixels: (plot.x, plot.right))
    let rowHeight = plot.height / Double(rows)
    let low = log(LatencyCells.bounds(of: least).low)
    let high = log(LatencyCells.bounds(of: least + rows * tall).low)
    for (value, label) in labels {
      let py = plot.bottom - (log(value) - low) / max(1e-9, high - low) * plot.height
      guard py <= plot.bottom + 0.5, py >= plot.y - 0.5 else { continue }
      svg.line(plot.x, py, plot.right, py, class: "grid")
      svg.label(label, plot.x - 8, py + 4.5, class: "t e")
    }
    svg.label("latency", 0, 14, class: "t")
    for (c, column) in grid.enumerated() {
      let total = column.reduce(0, +)
      guard total > 0 else { continue }
      let from = x(Double(first + c * wide))
      let to = x(min(Double(last + 1), Double(first + (c + 1) * wide)))
      for (r, count) in column.enumerated() where count > 0 {
        let bounds = (
          LatencyCells.bounds(of: least + r * tall).low, LatencyCells.bounds(of: least + (r + 1) * tall).low
        )
        // The square root lets the tail be seen: one request in a hundred has a tenth of the ink, not a hundredth.
        svg.rectangle(
          Rectangle(
            left: from, top: plot.bottom - Double(r + 1) * rowHeight, right: max(from + 0.5, to - 0.5),
            bottom: plot.bottom - Double(r) * rowHeight - 0.5), class: "cell",
          opacity: 0.08 + 0.87 * (count / total).squareRoot(),
          tooltip:
            "second \(first + c * wide): \(NumberFormat.grouped(count)) of \(NumberFormat.grouped(total)) within "
            + "\(NumberFormat.duration(.seconds(bounds.0))) to \(NumberFormat.duration(.seconds(bounds.1)))")
      }
    }
    svg.line(plot.x, plot.bottom, plot.right, plot.bottom, class: "axis")
    var free = -Double.infinity
    for tick in PlotChart.elapsed(to: Double(last + 1))(Int(plot.width / 80)) where tick.place >= Double(first) {
      let px = x(tick.place)
      svg.line(px, plot.bottom, px, plot.bottom + 5, class: "axis")
      let half = TextMetrics.width(tick.label) / 2
      let centre = min(max(px, half), width - half)
      guard centre - half >= free else { continue }
      svg.label(tick.label, centre, plot.bottom + 20, class: "t m")
      free = centre + half + 8
    }
    svg.label("since the start", width - 2, height - 6, class: "t e")
    return svg
  }

  /// 1, 2 and 5 of each power of ten where the span is short, else the powers alone.
  static func decades(from: Double, to: Double) -> [(value: Double, label: String)] {
    guard from > 0, to > from, to.isFinite else { return [] }
    let steps: [Double] = to / from > 50 ? [1] : to / from > 4 ? [1, 2, 5] : [1, 1.5, 2, 3, 4, 5, 6, 7, 8, 9]
    var result: [(Double, String)] = []
    for exponent in Int(log10(from).rounded(.down))...Int(log10(to).rounded(.up)) {
      for step in steps {
        let value = step * pow(10, Double(exponent))
        if value >= from * 0.999, value <= to * 1.001 {
          result.append((value, NumberFormat.duration(.seconds(value))))
        }
      }
    }
    return result
  }
}
