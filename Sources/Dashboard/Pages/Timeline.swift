import Planning
import Quantities
import Reporting

/// The plan's timeline, which can be looked at more closely: links to parts of time, and a mark by which the script lets one
/// drag over a part. The server draws each part as it draws the whole.
struct Timeline {
  private let plan: PlanReport
  private let address: String
  private let question: String

  /// - Parameter question: the query of what is asked besides.
  init(_ plan: PlanReport, address: String, question: String) {
    self.plan = plan
    self.address = address
    self.question = question
  }

  private var parts: [(title: String, window: (from: Timestamp, to: Timestamp)?)] {
    let outcome = plan.outcome
    let end = outcome.now + outcome.plan.horizon
    let begin = outcome.trace?.series.start ?? outcome.now
    var parts: [(String, (from: Timestamp, to: Timestamp)?)] = [("The plan's view", nil)]
    if let peak = outcome.demand.peakTime { parts.append(("Around the peak", (peak - .days(3), peak + .days(3)))) }
    parts.append(("Next two weeks", (outcome.now - .days(2), outcome.now + .days(14))))
    parts.append(("The last four weeks", (outcome.now - .days(28), outcome.now + .days(1))))
    parts.append(("Everything", (begin, end)))
    return parts.filter { $0.1.map { $0.from < $0.to } ?? true }
  }

  /// The picture with its links.
  func framed(_ figure: HTML) -> HTML {
    let (from, to) = plan.shownWindow
    let links = parts.map { title, window -> HTML in
      var query = [question]
      if let window { query.append("from=\(Self.text(window.from))&to=\(Self.text(window.to))") }
      let tail = query.filter { !$0.isEmpty }.joined(separator: "&")
      let isHere =
        window.map { Self.text($0.from) == Self.text(from) && Self.text($0.to) == Self.text(to) }
        ?? (plan.window == nil)
      let current: HTML = isHere ? " aria-current=\"true\"" : ""
      return "<a href=\"\(address)\(tail.isEmpty ? "" : "?" + tail)#argument\"\(current)>\(title)</a>\n"
    }
    return """
      <div class="zoom" role="group" aria-label="Part of time">\(links.joined())</div>
      <div class="zoomable" data-from="\(Self.seconds(from))" data-to="\(Self.seconds(to))">\(figure)</div>
      """
  }

  /// Whole seconds in UTC.
  private static func text(_ time: Timestamp) -> String {
    Timestamp(secondsSinceEpoch: time.secondsSinceEpoch.rounded()).iso8601
  }
  private static func seconds(_ time: Timestamp) -> String { "\(Int(time.secondsSinceEpoch))" }
}
