import Quantities

/// A picture that can be drawn at any width. Text keeps its size: a narrow picture has fewer ticks, not smaller ones.
public protocol Chart: Sendable {
  /// What it shows, in a few words.
  var title: String { get }
  /// What there is to see, with the numbers, for whoever cannot see it.
  var description: String { get }
  /// - Parameters:
  ///   - width: in pixels at which labels have their true size.
  ///   - id: unique on the page.
  func drawn(width: Double, id: String) -> SVG
}

extension Chart {
  /// The chart in three widths (desk, tablet and paper, phone), of which the stylesheet shows one.
  /// - Parameters:
  ///   - caption: a line below: time zone, interval, what was left out.
  ///   - half: whether two stand side by side on a desk.
  func figure(id: String, caption: String = "", half: Bool = false) -> HTML {
    let widths: [(String, Double)] = [("wide", half ? 516 : 1080), ("mid", 700), ("slim", 358)]
    let pictures = widths.map { name, width -> HTML in
      "<div class=\"\(name)\">\(HTML(raw: drawn(width: width, id: "\(id)-\(name)").rendered()))</div>\n"
    }
    let note: HTML = caption.isEmpty ? "" : "<figcaption>\(caption)</figcaption>"
    return "<figure id=\"\(id)\">\(pictures.joined())\(note)</figure>\n"
  }
}

/// Values at a uniform step, as charts take them: NaN is a gap.
public struct ChartSeries: Sendable {
  public var start: Timestamp
  /// Seconds, positive.
  public var step: Double
  public var values: [Double]

  public init(start: Timestamp, step: Double, values: [Double]) {
    precondition(step > 0, "a series needs a positive step")
    self.start = start
    self.step = step
    self.values = values
  }
  public init<Value: Quantity>(_ series: TimeSeries<Value>) {
    self.init(start: series.start, step: series.step.seconds, values: series.rawValues)
  }

  /// The time of a step's start, in seconds since the epoch.
  func seconds(at index: Int) -> Double { start.secondsSinceEpoch + Double(index) * step }
  public var end: Timestamp { Timestamp(secondsSinceEpoch: seconds(at: values.count)) }

  /// The steps that lie in a window at least in part.
  func indices(from: Timestamp, to: Timestamp) -> Range<Int> {
    func index(_ time: Timestamp, up: Bool) -> Int {
      let exact = (time.secondsSinceEpoch - start.secondsSinceEpoch) / step
      return Int(min(max(exact.rounded(up ? .up : .down), 0), Double(values.count)))
    }
    let first = index(from, up: false)
    return first..<max(first, index(to, up: true))
  }

  /// The largest value in a window; nil where there is none.
  func maximum(from: Timestamp, to: Timestamp) -> Double? {
    values[indices(from: from, to: to)].filter { $0.isFinite }.max()
  }
}
