import Costs
import Documents
import Planning
import Quantities
import Terminal
import Training

extension TrainingReport {
  /// Finish times and costs on spot capacity.
  var spotSection: Report.Section? {
    guard let spot = run.spot else { return nil }
    if let refusal = spot.refusal {
      return Report.Section(
        "Spot", id: "spot", "\(Wording.sentence(refusal.problem)).", [.text("\(Wording.sentence(refusal.remedy)).")])
    }
    let rows = spot.studies.map { study -> [Report.Cell] in
      [
        Report.Cell(study.policy.name), Report.Cell(Wording.percent(study.result.meanRelativeCost)),
        Report.Cell(study.bill.isComplete && !study.bill.lines.isEmpty ? "\(study.bill.total)" : "-"),
        Report.Cell(Self.span(.hours(study.result.finish(0.5)))),
        Report.Cell(Self.span(.hours(study.result.finish(0.9)))),
        Report.Cell("\(study.result.missed)", mark: study.result.missed > 0 ? .fails : .holds),
      ]
    }
    var blocks: [Report.Block] = [
      .table(
        Report.Table(
          [
            .text("policy"), .number("of on demand"), .number("cost"), .number("done, median"), .number("done, 90 %"),
            .number("late"),
          ], rows))
    ]
    if let planned = spot.studies.first(where: { $0.policy == .planned }) {
      let finish = planned.result.runs.map { $0.finish }
      let low = finish.min() ?? 0
      let high = max(finish.max() ?? 1, spot.job.deadline.hours * 1.02)
      let bars = 24
      let width = max((high - low) / Double(bars), 1e-9)
      var shares = Array(repeating: 0.0, count: bars)
      for value in finish { shares[min(bars - 1, Int((value - low) / width))] += 1 / Double(finish.count) }
      let chart = DistributionChart(
        title: "When the run is done on spot capacity",
        description:
          "Hours until done over \(finish.count) futures; the deadline is \(NumberFormat.significant(spot.job.deadline.hours, 3)) hours.",
        unit: .other("hours"), shares: shares, from: low, barWidth: width,
        marks: [.init(spot.job.deadline.hours, .planned, "deadline")], limit: spot.job.deadline.hours)
      blocks.insert(
        .part(
          Report.Part(
            chart.title, id: "spot-finish",
            "By the policy that plans ahead: \(planned.result.missed == 0 ? "every deadline is met" : "\(planned.result.missed) deadlines are missed").",
            chart)), at: 0)
    }
    return Report.Section(
      "Spot", id: "spot",
      "Spot machines that stay \(Self.span(spot.model.meanUp)) and stay away \(Self.span(spot.model.meanDown)) on average, at 1/\(NumberFormat.significant(spot.job.priceRatio, 3)) of the price on demand, against a deadline of \(Self.span(spot.job.deadline)).",
      blocks)
  }

  /// How the number of accelerators was reached, in its arithmetic.
  var howSection: Report.Section {
    let job = plan.job
    let flops = job.work.flopsPerToken
    let peak = job.hardware.peak(job.work.precision)
    let mfu = chosen.answer.utilization
    let hours = flops * job.tokens / (peak * mfu) / 3600
    return Report.Section(
      "How", id: "how",
      "Accelerators = accelerator-hours of work / (hours x goodput), rounded up to a number that a layout divides, and evaluated anew.",
      [
        .list([
          "FLOPs a token: \(NumberFormat.short(flops)) (\(NumberFormat.significant(flops / job.model.activeParameters, 3)) per active parameter: 6 for the matrices, the rest attention over \(NumberFormat.grouped(job.work.sequence)) tokens).",
          "Accelerator-hours of work: \(NumberFormat.short(flops)) x \(Self.tokens(job.tokens)) / (\(NumberFormat.short(peak)) FLOP/s x \(Wording.percent(mfu)) MFU x 3600) = \(NumberFormat.grouped(hours.rounded())).",
          "Time: \(NumberFormat.grouped(hours.rounded())) / (\(NumberFormat.grouped(Double(chosen.accelerators))) x \(Wording.percent(chosen.goodput.useful)) goodput) = \(Self.span(chosen.wallClock)).",
          "Data: \(chosen.dataNeeded) must arrive\(chosen.dataCause.map { "; \($0) bind" } ?? ", which is not what binds").",
        ])
      ])
  }

  // MARK: Terminal

  public func terminal(width: Int = 80, style: Style = .plain) -> String {
    let width = max(40, width)
    var text = TerminalText.opening(report(), width: width, style: style).joined(separator: "\n") + "\n"
    var layouts = TextTable([
      .init("layout", isFlexible: true), .init("tokens/s each", .right), .init("GiB", .right), .init("binds"),
    ])
    for row in alternativesTable.rows { layouts.add(row.prefix(4).map { $0.text }) }
    text += layouts.text(width: width, style: style) + "\n"
    var memory = TextTable([.init("memory of the fullest card"), .init("GiB", .right)])
    for (name, bytes) in memoryRows { memory.add([name, NumberFormat.significant(bytes.gibibytes, 3)]) }
    memory.add(["the card", NumberFormat.significant(chosen.answer.memory.capacity.gibibytes, 3)])
    text += memory.text(width: width, style: style) + "\n"
    var sizes = TextTable([
      .init("accelerators", .right), .init("time", .right), .init("goodput", .right), .init("cost", .right),
      .init("layout", isFlexible: true),
    ])
    for (i, option) in plan.sizes.enumerated() {
      let bill = run.sizeBills.indices.contains(i) ? run.sizeBills[i] : nil
      sizes.add([
        NumberFormat.grouped(Double(option.accelerators)), Self.span(option.wallClock),
        Wording.percent(option.goodput.useful),
        bill.flatMap { $0.isComplete && !$0.lines.isEmpty ? "\($0.total)" : nil } ?? "-",
        Self.layout(option.answer.layout),
      ])
    }
    text += sizes.text(width: width, style: style) + "\n"
    for section in [goodputSection, spotSection, howSection].compactMap({ $0 }) {
      text += style(.heading, section.heading) + "\n"
      text += TerminalText.wrapped(section.sentence, width: width).joined(separator: "\n") + "\n"
      for block in section.blocks {
        switch block {
        case .list(let items):
          for item in items { text += TerminalText.wrapped("- " + item, width: width).joined(separator: "\n  ") + "\n" }
        case .code(let lines): text += lines + "\n"
        case .text(let words): text += TerminalText.wrapped(words, width: width).joined(separator: "\n") + "\n"
        case .table(let table):
          var plain = TextTable(
            table.columns.enumerated().map { .init($0.element.heading, $0.offset == 0 ? .left : .right) })
          for row in table.rows { plain.add(row.map { $0.text }) }
          text += plain.text(width: width, style: style)
        default: break
        }
      }
      text += "\n"
    }
    return text
  }

  // MARK: JSON

  public func json() -> String {
    var json = JSONWriter(pretty: true)
    json.object { json in
      func number(_ key: String, _ value: Double) {
        json.key(key)
        json.number(value)
      }
      func text(_ key: String, _ value: String) {
        json.key(key)
        json.string(value)
      }
      text("schema", "headroom/train/1")
      text("model", plan.job.model.name)
      text("accelerator", plan.job.hardware.name)
      number("tokens", plan.job.tokens)
      json.key("meets_target")
      json.bool(plan.meetsTarget)
      json.key("chosen")
      json.object { json in Self.write(chosen, isPriced ? run.bill : nil, to: &json) }
      json.key("machines")
      json.integer(run.machines)
      text("machine", run.machine.name)
      json.key("spares")
      json.integer(chosen.spares)
      json.key("memory_gib")
      json.object { json in
        for (name, bytes) in memoryRows {
          json.key(name)
          json.number(bytes.gibibytes)
        }
        json.key("capacity")
        json.number(chosen.answer.memory.capacity.gibibytes)
      }
      json.key("goodput")
      json.object { json in
        json.key("useful")
        json.number(chosen.goodput.useful)
        for (cause, share) in chosen.goodput.causes {
          json.key(cause.rawValue)
          json.number(share)
        }
      }
      json.key("sizes")
      json.array { json in
        for (i, option) in plan.sizes.enumerated() {
          let bill = run.sizeBills.indices.contains(i) && isPriced ? run.sizeBills[i] : nil
          json.object { json in Self.write(option, bill, to: &json) }
        }
      }
      json.key("alternatives")
      json.array { json in
        for other in plan.alternatives {
          json.object { json in
            json.key("layout")
            json.string(Self.layout(other.layout))
            json.key("tokens_s_gpu")
            json.number(other.tokensPerSecond)
            json.key("mem_gib")
            json.number(other.memory.allocated.gibibytes)
            json.key("binding")
            json.string(other.time.binding.rawValue)
          }
        }
      }
      if let spot = run.spot {
        json.key("spot")
        json.object { json in
          if let refusal = spot.refusal {
            json.key("refused")
            json.string(refusal.description)
          }
          for study in spot.studies {
            json.key(study.policy.name)
            json.object { json in
              json.key("relative_cost")
              json.number(study.result.meanRelativeCost)
              json.key("finish_hours")
              json.numbers([study.result.finish(0.5), study.result.finish(0.9)])
              json.key("late")
              json.integer(study.result.missed)
            }
          }
        }
      }
    }
    return json.text + "\n"
  }

  private static func write(_ option: TrainingOption, _ bill: CostBreakdown?, to json: inout JSONWriter) {
    json.key("accelerators")
    json.integer(option.accelerators)
    let layout = option.answer.layout
    json.key("layout")
    json.object { json in
      for (key, value) in [
        ("tp", layout.tensor), ("pp", layout.pipeline), ("vp", layout.virtualStages), ("cp", layout.context),
        ("dp", layout.data), ("ep", layout.expert), ("zero", layout.zero), ("mbs", layout.microBatch),
      ] {
        json.key(key)
        json.integer(value)
      }
      json.key("recompute")
      json.string(layout.recomputation.rawValue)
    }
    for (key, value) in [
      ("hours", option.wallClock.hours), ("computing_hours", option.computing.hours),
      ("goodput", option.goodput.useful), ("accelerator_hours", option.acceleratorHours),
    ] {
      json.key(key)
      json.number(value)
    }
    if let bill {
      json.key("cost")
      json.number(bill.total.dollars)
    }
    option.answer.write(to: &json)
  }
}

extension TrainingReport: ReportDocument {}
