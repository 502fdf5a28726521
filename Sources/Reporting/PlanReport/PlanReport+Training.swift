import Documents
import Planning
import Quantities
import Training

extension PlanReport {
  /// Training runs with their machines, time and cost, and who waits for whom.
  var training: Report.Section? {
    let outcome = outcome.training
    guard !outcome.runs.isEmpty else { return nil }
    let rows = outcome.runs.enumerated().map { i, run -> [Report.Cell] in
      let option = run.plan.chosen
      let placed = outcome.placed.first { $0.job.name == run.spec.name }
      let priced = run.bill.isComplete && !run.bill.lines.isEmpty
      return [
        Report.Cell(run.spec.name),
        Report.Cell(
          "\(NumberFormat.grouped(Double(option.accelerators))) \(run.plan.job.hardware.name)",
          number: "training-\(i + 1)-accelerators"),
        Report.Cell(TrainingReport.span(option.wallClock), number: "training-\(i + 1)-days"),
        Report.Cell(priced ? "\(run.bill.total)" : "-", number: priced ? "training-\(i + 1)-cost" : nil),
        Report.Cell(
          "\(NumberFormat.significant(option.answer.memory.use.allocated.gibibytes, 3)) of \(NumberFormat.significant(option.answer.memory.capacity.gibibytes, 3))"
        ),
        Report.Cell(placed?.stretches.first.map { day($0.start) } ?? "-"),
        Report.Cell(
          placed?.end.map { day($0) } ?? "not within a year",
          mark: placed.map { $0.isLate || $0.end == nil ? .fails : .holds }),
        Report.Cell(
          placed.map {
            $0.preemptions == 0
              ? "-" : "\($0.preemptions) times, by \(Wording.list(Array(Set($0.preemptedBy)).sorted()))"
          } ?? "-"),
      ]
    }
    let total = outcome.bill
    let cost = total.isComplete && !total.lines.isEmpty ? " They cost \(total.total) in all." : ""
    var blocks: [Report.Block] = [
      .table(
        Report.Table(
          [
            .text("run"), .text("accelerators"), .number("time"), .number("cost"), .number("GiB a card"),
            .text("starts"),
            .text("done"), .text("preempted"),
          ], rows)),
      .list(
        outcome.runs.map {
          "\($0.spec.name): \(TrainingReport.layout($0.plan.chosen.answer.layout)). \(TrainingReport($0).bindingSentence)"
        }),
    ]
    if let first = outcome.runs.first {
      let report = TrainingReport(first)
      if case .part(let memory)? = report.memorySection.blocks.first,
        case .part(let goodput)? = report.goodputSection.blocks.first
      {
        blocks.append(.pair(memory, goodput))
      }
    }
    return Report.Section(
      "Training", id: "training",
      "\(Wording.count(outcome.runs.count, "training run")) on what the service leaves of its machines.\(cost)", blocks)
  }

  private func day(_ days: Double) -> String {
    guard days.isFinite, days < 36_500 else { return "-" }
    let date = today + Int(days.rounded(.down))
    return Wording.day(date, now: today)
  }

  func writeTraining(_ json: inout JSONWriter) {
    let outcome = outcome.training
    guard !outcome.runs.isEmpty else { return }
    json.objects("training", outcome.runs) { json, run in
      let option = run.plan.chosen
      let placed = outcome.placed.first { $0.job.name == run.spec.name }
      json.entry("name", run.spec.name)
      json.entry("accelerators", Double(option.accelerators))
      json.entry("accelerator", run.plan.job.hardware.name)
      json.entry("machines", Double(run.machines))
      json.entry("layout", TrainingReport.layout(option.answer.layout))
      json.entry("days", option.wallClock.days)
      json.entry("goodput", option.goodput.useful)
      json.entry("cost", run.bill.isComplete && !run.bill.lines.isEmpty ? run.bill.total.dollars : nil)
      json.entry("memory_gib", option.answer.memory.use.allocated.gibibytes)
      json.entry("start_day", placed?.stretches.first?.start)
      json.entry("end_day", placed?.end)
      json.entry("preemptions", Double(placed?.preemptions ?? 0))
    }
  }
}
