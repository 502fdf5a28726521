import Planning
import Quantities
import Traffic

extension PlanReport {
  /// What the history looks like; nil where the plan states its traffic.
  var traffic: Report.Section? {
    guard let analysis = outcome.analysis, let trace = outcome.trace else { return nil }
    let story = TrafficStory(analysis: analysis, trace: trace)
    var blocks: [Report.Block] = story.profiles
    blocks.append(.text(story.growth))
    blocks.append(.table(story.figures))
    blocks += story.surprises
    if let forecast = outcome.demand.forecast, !forecast.because.isEmpty {
      blocks.append(.text("How the forecast was made:"))
      blocks.append(.list(forecast.because))
    }
    return Report.Section("The traffic", id: "traffic", story.summary, blocks)
  }
}
