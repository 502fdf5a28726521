import Planning
import Quantities

extension PlanReport {
  /// What to commit to and when; nil where nothing pays for itself.
  var commitmentLadder: Report.Section? {
    let report = CommitmentReport(outcome, provenance: provenance)
    guard report.hasSomething else { return nil }
    return Report.Section("Commitments", id: "commitments", report.headline, report.ladderBlocks)
  }

  /// The loss of the region with the most traffic at the peak, second by second; nil where the plan asks for no recovery.
  var failoverTimeline: Report.Section? {
    guard !outcome.recovery.postures.isEmpty, let failover = outcome.worstFailover() else { return nil }
    let picture = FailoverPicture(failover)
    let region = failover.setting.regions[failover.incident.region].name
    let sentence =
      failover.missedSeconds <= 0
      ? "Losing \(region) at the peak is not felt: every second meets the objective."
      : "Losing \(region) at the peak for an hour "
        + (failover.recoverySeconds.map { "is recovered from in \(FailoverReport.span($0))" } ?? "is not recovered from")
        + "; \(NumberFormat.short(failover.lost)) requests are lost."
    return Report.Section(
      "Failover", id: "failover", sentence,
      [
        .chart(
          picture.traffic, id: "failover-chart", caption: "First attempts, answers and losses; phases are marked."),
        .table(
          Report.Table(
            [.text("from"), .text("phase"), .number("takes")], picture.phases.map { $0.map { Report.Cell($0) } })),
        .text("`headroom failover` plays other regions, kinds and moments, and says whether it comes back by itself."),
      ])
  }

  /// How the loss of a region is survived: the postures side by side.
  var recovery: Report.Section? {
    let recovery = outcome.recovery
    guard !recovery.postures.isEmpty else { return nil }
    let report = RecoveryReport(outcome, provenance: provenance)
    return Report.Section(
      "Recovery", id: "recovery", "\(report.headline)",
      [
        .chart(
          report.postureChart, id: "recovery-postures",
          caption: "How long each posture takes, part by part; what it costs stands behind."),
        .table(report.postureTable),
      ])
  }
}
