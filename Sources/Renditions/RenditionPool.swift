import Glibc
import Synchronization

/// Reads and cuts photos in worker processes, a few at a time.
///
/// Each job is one process of its own that lives as long as the job: what a hostile file does to it ends with it. Between
/// jobs the pool keeps at most one process, which the workers are forked from and which has met no file.
package final class RenditionPool: Sendable {
    /// How to start a worker.
    package struct Worker: Sendable {
        /// An executable whose `arguments` lead to ``RenditionWorker/main()``.
        package var executable: String
        package var arguments: [String]
        /// Lead to ``RenditionWorker/seed()``; nil has each worker started anew.
        package var seedArguments: [String]?

        /// The running program itself, which must know the subcommand `worker`.
        package init(
            executable: String = "/proc/self/exe", arguments: [String] = ["worker"],
            seedArguments: [String]? = ["worker", "--seed"]
        ) {
            self.executable = executable
            self.arguments = arguments
            self.seedArguments = seedArguments
        }
    }

    /// A rendition on disk.
    package struct RenderedFile: Hashable, Sendable {
        package let path: String
        /// Pixels.
        package let width: Int
        /// Pixels.
        package let height: Int
        package let byteCount: Int
    }

    /// What to make, and where.
    package struct Output: Sendable {
        package var recipe: RenditionRecipe
        /// The finished file. Its directory exists. It appears whole or not at all, and replaces what was there.
        package var destination: String
        /// A folder on the same file system for the unfinished file; by default the destination's own.
        package var scratch: String?

        package init(recipe: RenditionRecipe, destination: String, scratch: String? = nil) {
            self.recipe = recipe
            self.destination = destination
            self.scratch = scratch
        }

        /// Where the worker writes.
        fileprivate func unfinished(_ suffix: String) -> String {
            let name = self.destination.split(separator: "/").last.map(String.init) ?? "rendition"
            return "\(self.scratch ?? DurableFile.parent(of: self.destination))/\(name).\(suffix)"
        }
    }

    private let worker: Worker
    private let seed: WorkerSeed?
    private let limits: RenditionLimits
    private let slots: AsyncSemaphore
    private let giantSlot: AsyncSemaphore
    private let nextTemporary = Atomic<UInt64>(0)
    private let written = Atomic<Int>(0)

    /// Whether the workers' program is there and may be started.
    package var hasWorker: Bool { access(self.worker.executable, X_OK) == 0 }

    /// Bytes of all renditions that were made since the start.
    package var bytesWritten: Int { self.written.load(ordering: .relaxed) }

    /// - Parameters:
    ///   - worker: How to start a worker.
    ///   - parallel: How many workers run at once. Two use two cores fully; each may need 200 MB.
    ///   - maximumWaiting: How many jobs may wait before more are refused with ``RenditionError/Code/busy``.
    ///   - limits: What each worker may use.
    package init(
        worker: Worker = Worker(), parallel: Int = 2, maximumWaiting: Int = 1_000,
        limits: RenditionLimits = RenditionLimits()
    ) {
        self.worker = worker
        self.seed = worker.seedArguments.map { WorkerSeed(executable: worker.executable, arguments: $0) }
        self.limits = limits
        self.slots = AsyncSemaphore(slots: parallel, maximumWaiting: maximumWaiting)
        self.giantSlot = AsyncSemaphore(slots: 1, maximumWaiting: maximumWaiting)
    }

    /// Reads what a photo says about itself, without decoding it.
    ///
    /// - Parameters:
    ///   - source: The file's path.
    ///   - name: What people call it, for messages; by default the path's last part.
    /// - Throws: ``RenditionError``, or `CancellationError`.
    package func inspect(_ source: String, name: String? = nil) async throws -> PhotoFacts {
        try await self.render(source, name: name, []).facts
    }

    /// Decodes a photo once and makes all `outputs` from it.
    ///
    /// When it throws, none or some of the outputs exist, each of them whole.
    /// - Parameters:
    ///   - source: The file's path.
    ///   - name: What people call it, for messages; by default the path's last part.
    ///   - outputs: What to make; at most 16.
    /// - Throws: ``RenditionError``, or `CancellationError`; then the worker is dead when this returns.
    package func render(
        _ source: String, name: String? = nil, _ outputs: [Output]
    ) async throws -> (facts: PhotoFacts, files: [RenderedFile]) {
        precondition(outputs.count <= 16, "a job has 16 outputs at most; got \(outputs.count)")
        var job = RenditionJob(
            source: source, name: name ?? String(source.split(separator: "/").last ?? "photo"),
            outputs: outputs.map { output in
                .init(recipe: output.recipe, path: output.unfinished(self.temporarySuffix()))
            },
            limits: self.limits, runsAlone: false)
        defer { for output in job.outputs { unlink(output.path) } }
        do {
            var answer = try await self.slots.withSlot { [job] in try await self.run(job) }
            if case .mustRunAlone = answer {
                job.runsAlone = true
                answer = try await self.giantSlot.withSlot { [job] in
                    try await self.slots.withSlot { try await self.run(job) }
                }
            }
            return try await self.publish(answer, of: job, to: outputs)
        } catch is AsyncSemaphore.TooManyWaiting {
            throw RenditionError(.busy, "Too many photos are waiting to be read. Try “\(job.name)” again in a minute.")
        }
    }

    private func run(_ job: RenditionJob) async throws -> RenditionAnswer {
        try await WorkerProcess.run(job, worker: self.worker, seed: self.seed)
    }

    private func publish(
        _ answer: RenditionAnswer, of job: RenditionJob, to outputs: [Output]
    ) async throws -> (facts: PhotoFacts, files: [RenderedFile]) {
        guard case .done(let facts, let sizes) = answer, sizes.count == outputs.count else {
            if case .failed(let failure) = answer {
                throw RenditionError(
                    failure.code, failure.message, cause: failure.detail.map { PhotoImage.Failure(description: $0) })
            }
            throw RenditionError(.workerUnavailable, "The worker for “\(job.name)” gave no usable answer.")
        }
        guard !outputs.isEmpty else { return (facts, []) }
        return try await BlockingWork.run { [job] in
            var files: [RenderedFile] = []
            for (index, output) in outputs.enumerated() {
                do {
                    try DurableFile.publish(temporary: job.outputs[index].path, as: output.destination)
                } catch let failure as DurableFile.Failure {
                    throw RenditionError(
                        failure.isDiskFull ? .diskFull : .destinationUnwritable,
                        "The picture made from “\(job.name)” cannot be stored: \(failure).", cause: failure)
                }
                files.append(
                    RenderedFile(
                        path: output.destination, width: sizes[index].width, height: sizes[index].height,
                        byteCount: DurableFile.size(of: output.destination) ?? 0))
            }
            self.written.wrappingAdd(files.reduce(0) { $0 + $1.byteCount }, ordering: .relaxed)
            return (facts, files)
        }
    }

    /// Unique among the running processes of this machine, so that no two jobs write the same file.
    private func temporarySuffix() -> String {
        "\(getpid())-\(self.nextTemporary.wrappingAdd(1, ordering: .relaxed).newValue).part"
    }
}
