import Planning
import Quantities
import Training

/// A Slurm script skeleton with the layout of a training run, in the words of Megatron-LM's options.
public struct SlurmScript: Sendable {
  public let run: TrainedRun

  public init(_ run: TrainedRun) { self.run = run }

  public var text: String {
    let option = run.plan.chosen
    let layout = option.answer.layout
    let work = run.plan.job.work
    let perMachine = min(option.accelerators, run.plan.job.perMachine)
    // Twice the expected time: the limit must not end the run.
    let hours = max(1, Int((option.wallClock.hours * 2).rounded(.up)))
    var options = [
      "--tensor-model-parallel-size \(layout.tensor)", "--pipeline-model-parallel-size \(layout.pipeline)",
      "--micro-batch-size \(layout.microBatch)", "--global-batch-size \(Int(work.batch))",
      "--seq-length \(Int(work.sequence))",
      "--train-samples \(Int((run.plan.job.tokens / work.sequence).rounded(.up)))",
    ]
    if layout.virtualStages > 1 {
      let layers = Int(work.shape.layers) / layout.pipeline / layout.virtualStages
      options.append("--num-layers-per-virtual-pipeline-stage \(max(1, layers))")
    }
    if layout.context > 1 { options.append("--context-parallel-size \(layout.context)") }
    if layout.expert > 1 { options.append("--expert-model-parallel-size \(layout.expert)") }
    if layout.isSequenceParallel, layout.tensor > 1 { options.append("--sequence-parallel") }
    switch layout.zero {
    case 3: options.append("--use-torch-fsdp2")
    case 1, 2: options.append("--use-distributed-optimizer --overlap-grad-reduce --overlap-param-gather")
    default: break
    }
    switch layout.recomputation {
    case .full: options.append("--recompute-granularity full --recompute-method uniform --recompute-num-layers 1")
    case .selective: options.append("--recompute-granularity selective")
    case .none: break
    }
    switch work.precision {
    case .bf16: options.append("--bf16")
    case .fp8: options.append("--bf16 --fp8-format hybrid")
    case .mxfp8: options.append("--bf16 --fp8-format e4m3 --fp8-recipe mxfp8")
    case .nvfp4: options.append("--bf16 --fp4-format e2m1")
    }
    let steps = max(1, Int((option.interruptions.interval.seconds / option.answer.time.step).rounded()))
    options.append("--save \"$CHECKPOINTS\" --load \"$CHECKPOINTS\" --save-interval \(steps)")
    let name = run.spec.name.filter { $0.isLetter || $0.isNumber || $0 == "-" || $0 == "_" }
    return """
      #!/bin/bash
      # A skeleton: model, tokenizer and data options are yours to add.
      # \(TrainingReport.layout(layout)); \(NumberFormat.significant(option.answer.time.step, 3)) s a step expected.
      #SBATCH --job-name=\(name)
      #SBATCH --nodes=\(run.machines)
      #SBATCH --ntasks-per-node=1
      #SBATCH --gpus-per-node=\(perMachine)
      #SBATCH --exclusive
      #SBATCH --time=\(hours / 24)-\(Self.two(hours % 24)):00:00
      #SBATCH --requeue
      #SBATCH --open-mode=append
      set -euo pipefail

      CHECKPOINTS=${CHECKPOINTS:?where checkpoints go, on storage that all machines share}
      MASTER=$(scontrol show hostnames "$SLURM_JOB_NODELIST" | head -n 1)

      srun torchrun \\
        --nnodes="$SLURM_NNODES" --nproc-per-node=\(perMachine) \\
        --rdzv-backend=c10d --rdzv-endpoint="$MASTER:29500" \\
        pretrain_gpt.py \\
        \(options.joined(separator: " \\\n        "))

      """
  }

  private static func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
}
