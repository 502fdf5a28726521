import Costs
import Documents
import Planning
import Quantities
import Terminal
import Training

/// A training run's answer, told: `headroom train`.
public struct TrainingReport: Sendable {
  public let run: TrainedRun
  public let provenance: Provenance

  public init(_ run: TrainedRun, provenance: Provenance = Provenance()) {
    self.run = run
    self.provenance = provenance
  }

  var plan: TrainingPlan { run.plan }
  var chosen: TrainingOption { run.plan.chosen }
  var isPriced: Bool { run.bill.isComplete && !run.bill.lines.isEmpty }

  public func html() -> String { report().html() }
  public func markdown() -> String { report().markdown() }

  /// The report's words and pictures.
  public func report() -> Report {
    var report = Report(
      title: "\(plan.job.name): training", kicker: "\(plan.job.model.name) · training · \(plan.job.hardware.name)",
      headline: headline, lead: lead, facts: facts, argument: sizesPart)
    report.sections = [layoutSection, memorySection, goodputSection, spotSection, howSection].compactMap { $0 }
    report.footer = ["\(provenance.program), \(NumberFormat.grouped(Double(plan.evaluated))) layouts evaluated."]
    if !provenance.command.isEmpty { report.footer.append("Make it again: `\(provenance.command)`") }
    return report
  }

  // MARK: Words

  static func span(_ span: Duration) -> String {
    let hours = span.hours
    if span.seconds < 120 { return "\(NumberFormat.significant(span.seconds, 3)) s" }
    if hours < 1 { return "\(NumberFormat.significant(span.seconds / 60, 3)) minutes" }
    if hours < 72 { return "\(NumberFormat.significant(hours, 3)) hours" }
    return "\(NumberFormat.significant(span.days, 3)) days"
  }

  /// Tokens as people say them: 1T, 300B.
  static func tokens(_ amount: Double) -> String {
    for (unit, name) in [(1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "k")] where amount >= unit {
      return NumberFormat.significant(amount / unit, 3) + name
    }
    return NumberFormat.significant(amount, 3)
  }

  var headline: String {
    let cost = isPriced ? " for \(run.bill.total)" : ""
    let count = "\(NumberFormat.grouped(Double(chosen.accelerators))) \(plan.job.hardware.name)"
    let learns = "\(plan.job.model.name) learns from \(Self.tokens(plan.job.tokens)) tokens"
    switch (plan.job.target, plan.meetsTarget) {
    case (_, true): return "\(learns) on \(count) in \(Self.span(chosen.wallClock))\(cost)."
    case (.within(let limit), false):
      return "\(learns) in \(Self.span(chosen.wallClock)) at best, on \(count)\(cost): not within \(Self.span(limit))."
    case (.accelerators(let wanted), false):
      return
        "No layout fits \(NumberFormat.grouped(Double(wanted))) \(plan.job.hardware.name); on the nearest that does, \(count), it takes \(Self.span(chosen.wallClock))\(cost)."
    case (.acceleratorHours, false):
      return "The budget does not pay for it: the cheapest way takes \(count), \(Self.span(chosen.wallClock))\(cost)."
    }
  }

  var lead: String {
    let band = chosen.answer.tokensPerSecond
    var sentences = [
      "\(bindingSentence) 80 % of measured runs of this kind lie between \(rate(band.low)) and \(rate(band.high)) tokens a second and accelerator."
    ]
    if let calibration = run.calibration {
      sentences.append(
        "Your own \(Wording.count(calibration.measurements, "step")) took \(Wording.change(calibration.error)) of what the model said; the answer is corrected by that."
      )
    }
    sentences += run.warnings.map { "\(Wording.sentence("\($0.problem)"))." }
    return sentences.joined(separator: " ")
  }

  var bindingSentence: String {
    switch chosen.answer.time.binding {
    case .compute: "Arithmetic binds: a step is mostly matrix products."
    case .network: "The network binds: collectives that computing does not hide."
    case .bubble: "The pipeline's bubble binds: more sequences a step, or fewer stages, would fill it."
    case .launches: "Launching kernels binds: larger micro-batches would hide it."
    case .memory: "Memory traffic of the optimizer binds: larger batches would spread it."
    }
  }

  func rate(_ rate: TokenRate) -> String { NumberFormat.significant(rate.perSecond, 3) }

  var facts: [Report.Fact] {
    let answer = chosen.answer
    var facts = [
      Report.Fact(
        NumberFormat.grouped(Double(chosen.accelerators)),
        "accelerators on \(Wording.count(run.machines, "machine")) (\(run.machine.name)); \(Wording.count(chosen.spares, "spare")) for 95 % of the time at full size"
      ),
      Report.Fact(
        Self.span(chosen.wallClock),
        "from start to end; \(Self.span(chosen.computing)) of it computing, goodput \(Wording.percent(chosen.goodput.useful))"
      ),
      Report.Fact(
        Wording.percent(answer.utilization),
        "model FLOP utilization (MFU); \(rate(answer.tokensPerSecond.mid)) tokens a second and accelerator, a step takes \(NumberFormat.significant(answer.time.step, 3)) s"
      ),
      Report.Fact(
        "\(NumberFormat.significant(answer.memory.use.allocated.gibibytes, 3)) GiB",
        "of \(NumberFormat.significant(answer.memory.capacity.gibibytes, 3)) on the fullest card; \(Wording.percent(max(0, answer.memory.margin))) is free"
      ),
    ]
    if isPriced {
      facts.append(
        Report.Fact(
          "\(run.bill.total)",
          "\(NumberFormat.grouped(chosen.acceleratorHours.rounded())) accelerator-hours at \(run.bill.lines[0].price.hourly) a machine (\(run.bill.lines[0].price.source))"
        ))
    } else {
      facts.append(
        Report.Fact(
          NumberFormat.grouped(chosen.acceleratorHours.rounded()), "accelerator-hours; no price is known"))
    }
    return facts
  }

  static func layout(_ layout: TrainingLayout) -> String {
    var words = ["TP \(layout.tensor)", "PP \(layout.pipeline)"]
    if layout.virtualStages > 1 { words.append("VP \(layout.virtualStages)") }
    if layout.context > 1 { words.append("CP \(layout.context)") }
    words.append("DP \(layout.data)")
    if layout.expert > 1 { words.append("EP \(layout.expert)") }
    words.append(layout.zero == 3 ? "fully sharded" : "ZeRO \(layout.zero)")
    words.append("micro-batch \(layout.microBatch)")
    if layout.recomputation != .none { words.append("\(layout.recomputation.rawValue) recomputation") }
    return words.joined(separator: ", ")
  }

  // MARK: Sections

  /// Time and cost against the number of accelerators.
  var sizesPart: Report.Part {
    let points = plan.sizes.map { (x: Double($0.accelerators), y: $0.wallClock.days) }
    let end = Double(plan.sizes.last?.accelerators ?? 1)
    var chart = PlotChart(
      title: "Time against accelerators",
      description:
        "Days from start to end on \(plan.sizes.first?.accelerators ?? 0) to \(plan.sizes.last?.accelerators ?? 0) accelerators; chosen \(chosen.accelerators), \(NumberFormat.significant(chosen.wallClock.days, 3)) days.",
      series: [.init("days", points, .capacity)], unit: .other("days"), xName: "accelerators",
      ticks: PlotChart.numbers(to: end))
    if case .within(let limit) = plan.job.target { chart.limits = [.init(limit.days, "target")] }
    chart.places = [.init(Double(chosen.accelerators), "chosen")]
    return Report.Part(
      "Time against accelerators", id: "sizes",
      "More accelerators finish sooner; each costs a little more in failures, bubbles and collectives.", chart,
      caption: "The best legal layout of each number, failures included.")
  }

  var costPart: Report.Part? {
    guard isPriced, run.sizeBills.count == plan.sizes.count else { return nil }
    let points = zip(plan.sizes, run.sizeBills).map { (x: Double($0.accelerators), y: $1.total.dollars) }
    var chart = PlotChart(
      title: "Cost against accelerators",
      description: "The bill of each number of accelerators; chosen \(run.bill.total).",
      series: [.init("cost", points, .demand)], unit: .dollars, xName: "accelerators",
      ticks: PlotChart.numbers(to: Double(plan.sizes.last?.accelerators ?? 1)))
    chart.places = [.init(Double(chosen.accelerators), "chosen")]
    return Report.Part("Cost against accelerators", id: "cost", "The same runs, paid by the hour.", chart)
  }

  var alternativesTable: Report.Table {
    let best = chosen.answer
    var rows: [[Report.Cell]] = [
      [
        Report.Cell(Self.layout(best.layout)), Report.Cell(rate(best.tokensPerSecond.mid)),
        Report.Cell(NumberFormat.significant(best.memory.use.allocated.gibibytes, 3)),
        Report.Cell(best.time.binding.rawValue), "chosen",
      ]
    ]
    for other in plan.alternatives.prefix(5) {
      let behind = 1 - other.tokensPerSecond / max(best.tokensPerSecond.mid.perSecond, 1e-9)
      rows.append([
        Report.Cell(Self.layout(other.layout)), Report.Cell(NumberFormat.significant(other.tokensPerSecond, 3)),
        Report.Cell(NumberFormat.significant(other.memory.allocated.gibibytes, 3)),
        Report.Cell(other.time.binding.rawValue),
        Report.Cell("\(Wording.percent(max(0, behind))) slower\(Self.because(other.time, best.time))"),
      ])
    }
    return Report.Table(
      [.text("layout"), .number("tokens/s each"), .number("GiB"), .text("binds"), .text("against the chosen")], rows,
      emphasized: 0)
  }

  /// What a layout spends more on than another, the largest difference.
  static func because(_ time: StepTime, _ best: StepTime) -> String {
    let parts: [(String, Double)] = [
      ("computing", time.compute - best.compute), ("launches", time.launches - best.launches),
      ("tensor-parallel collectives", time.tensor - best.tensor), ("all-to-all", time.expert - best.expert),
      ("context-parallel transfers", time.context - best.context), ("gathering weights", time.sharding - best.sharding),
      ("the bubble", time.bubble - best.bubble), ("transfers between stages", time.stages - best.stages),
      ("gradient reduction", time.gradients - best.gradients), ("the optimizer", time.optimizer - best.optimizer),
    ]
    guard let most = parts.max(by: { $0.1 < $1.1 }), most.1 > 0.002 * best.step else { return "" }
    return ": more \(most.0)".replacing("more the ", with: "more of the ")
  }

  var layoutSection: Report.Section {
    let time = chosen.answer.time
    let parts: [(String, Double)] = [
      ("computing", time.compute), ("launches", time.launches), ("tensor", time.tensor), ("all-to-all", time.expert),
      ("context", time.context), ("gathering", time.sharding), ("bubble", time.bubble), ("between stages", time.stages),
      ("gradients", time.gradients), ("optimizer", time.optimizer), ("other", time.other),
    ]
    let chart = StackChart(
      title: "A step",
      description: "Where \(NumberFormat.significant(time.step, 3)) s of a step go.",
      rows: parts.filter { $0.1 > 0.001 * time.step }.map {
        StackChart.Row(
          label: $0.0, parts: [.init($0.1, $0.0 == "computing" ? .capacity : .demand, $0.0)],
          amount: "\(NumberFormat.significant($0.1, 3)) s, \(Wording.percent($0.1 / time.step))")
      })
    var blocks: [Report.Block] = [
      .part(Report.Part("A step", id: "step", bindingSentence, chart)), .table(alternativesTable),
    ]
    if let cost = costPart { blocks.insert(.part(cost), at: 1) }
    return Report.Section("The layout", id: "layout", "Chosen: \(Self.layout(chosen.answer.layout)).", blocks)
  }

  var memoryRows: [(String, Bytes)] {
    let use = chosen.answer.memory.use
    return [
      ("weights", use.weights), ("gradients", use.gradients), ("optimizer", use.optimizer),
      ("activations", use.activations), ("logits", use.logits), ("buffers", use.buffers),
      ("kept by the allocator", use.reserved - use.allocated),
    ].filter { $0.1 > .gibibytes(0.005) }
  }

  var memorySection: Report.Section {
    let verdict = chosen.answer.memory
    var start = 0.0
    var rows: [StackChart.Row] = []
    for (name, bytes) in memoryRows {
      let kind: StackChart.Part.Kind = name == "kept by the allocator" ? .spare : .capacity
      rows.append(
        StackChart.Row(
          label: name, start: start, parts: [.init(bytes.gibibytes, kind, name)],
          amount: "\(NumberFormat.significant(bytes.gibibytes, 3)) GiB"))
      start += bytes.gibibytes
    }
    rows.append(
      StackChart.Row(
        label: "the card", parts: [.init(verdict.capacity.gibibytes, .demand, "the card")],
        amount: "\(NumberFormat.significant(verdict.capacity.gibibytes, 3)) GiB"))
    let words =
      switch verdict.level {
      case .fits: "It fits: \(Wording.percent(max(0, verdict.margin))) of the card is free at the peak."
      case .tight: "It fits, but the allocator's caches would have to be given back: leave more room."
      case .exceeds: "It does not fit."
      }
    let chart = StackChart(
      title: "Memory of the fullest card", description: "Memory by part, in GiB, against what the card has.", rows: rows
    )
    return Report.Section(
      "Memory", id: "memory", words,
      [.part(Report.Part("Memory of the fullest card", id: "memory-parts", words, chart))])
  }

  var goodputSection: Report.Section {
    let goodput = chosen.goodput
    var left = 1.0
    var rows = [StackChart.Row(label: "wall clock", parts: [.init(1, .demand, "wall clock")], amount: "100 %")]
    for (cause, share) in goodput.causes where share > 1e-5 {
      left -= share
      rows.append(
        StackChart.Row(
          label: cause.rawValue, start: max(0, left), parts: [.init(share, .fails, cause.rawValue)],
          amount: "-\(Wording.percent(share))"))
    }
    rows.append(
      StackChart.Row(
        label: "goodput", parts: [.init(goodput.useful, .capacity, "goodput")], amount: Wording.percent(goodput.useful))
    )
    let i = chosen.interruptions
    let sentence =
      "A failure every \(Self.span(chosen.mtbf)) of the whole job; a checkpoint of \(NumberFormat.significant(chosen.checkpoint.gigabytes, 3)) GB takes \(Self.span(i.save)) and is saved every \(Self.span(i.interval)); a restart takes \(Self.span(i.restart))."
    let chart = StackChart(
      title: "Goodput", description: "From the wall clock to steps that are kept, by what is lost.", rows: rows)
    return Report.Section(
      "Failures and checkpoints", id: "goodput", sentence,
      [
        .part(Report.Part("Goodput", id: "goodput-parts", "What is left of the wall clock.", chart)),
        .text(
          "With \(Wording.count(chosen.spares, "spare machine")) beside the \(NumberFormat.grouped(Double(run.machines))) the job runs at full size 95 % of the time: a repair takes \(Self.span(plan.job.faults.medianRepair)) in the middle and \(Self.span(plan.job.faults.longRepair)) at the 90 % quantile."
        ),
      ])
  }
}
