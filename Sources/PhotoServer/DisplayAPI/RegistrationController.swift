import HTTPTypes
import Hummingbird
import PhotoLibrary

/// `/api/v1/display/registrations`: how a display gets its credentials.
struct RegistrationController: Sendable {
    let admission: DisplayAdmission
    let endpoints: DisplayEndpoints

    func addRoutes(to router: some RouterMethods<PhotoServerRequestContext>) {
        router.post("display/registrations") { request, _ in
            let registration = try await request.json(DisplayAdmission.Registration.self)
            return try self.response(try await self.admission.register(registration), request)
        }
        router.get("display/registrations/{id}") { request, context in
            guard let secret = request.bearerToken else { throw Problem.registrationNotFound }
            let id = try context.parameters.require("id")
            return try self.response(try await self.admission.wait(for: id, secret: secret), request)
        }
    }

    private struct Approved: Encodable {
        struct Etcd: Encodable {
            let endpoints: [String]
            let ca: String?
        }
        struct Display: Encodable {
            let id: String
            let name: String
        }
        let state = "approved"
        let token: String
        let etcd: Etcd
        let display: Display
    }

    private struct Pending: Encodable {
        let state = "pending"
        let registration: String
    }

    private func response(_ answer: DisplayAdmission.Answer, _ request: Request) throws -> Response {
        switch answer {
        case .approved(let record, let token):
            return try .json(
                Approved(
                    token: token,
                    etcd: .init(
                        endpoints: self.endpoints.endpoints(for: request), ca: self.endpoints.authority),
                    display: .init(id: record.id, name: record.name)))
        case .pending(let record):
            return try .json(Pending(registration: record.id), status: .accepted)
        }
    }
}
