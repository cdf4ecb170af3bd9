//! Errors of the SDK: the exception's name, else how the call failed.

macro_rules! exceptions {
    ($exception:ident; $($ty:ty),+) => {$(
        /// The exception's name.
        impl $crate::ErrorType for $ty {
            fn error_type(&self) -> ::std::borrow::Cow<'_, str> {
                $exception(self)
            }
        }
    )+};
}
pub(crate) use exceptions;

macro_rules! error {
    ($sdk:ident, $smithy:ident) => {
        mod error {
            use std::borrow::Cow;
            use std::fmt::Debug;

            use $sdk::config::http::HttpResponse;
            use $sdk::error::{ProvideErrorMetadata, SdkError};
            use $sdk::operation::converse::ConverseError;
            use $sdk::operation::converse_stream::ConverseStreamError;
            use $sdk::operation::invoke_model::InvokeModelError;
            use $sdk::operation::invoke_model_with_response_stream::InvokeModelWithResponseStreamError;
            use $sdk::types::error::{ConverseStreamOutputError, ResponseStreamError};
            use $smithy::event_stream::RawMessage;

            use crate::extract::clients::error::{description, variant};
            use crate::extract::traits::ErrorType;
            use crate::extract::wire::error::is_type;

            /// The exception's name, such as `ThrottlingException`.
            fn exception<E: ProvideErrorMetadata + Debug>(error: &E) -> Cow<'_, str> {
                match error.code().filter(|code| is_type(code)) {
                    Some(code) => Cow::Borrowed(code),
                    None => match variant(error) {
                        name if name.ends_with("Exception") => Cow::Owned(name),
                        _ => Cow::Borrowed(crate::semconv::OTHER),
                    },
                }
            }

            fn class<E: ProvideErrorMetadata + Debug, R>(error: &SdkError<E, R>) -> Cow<'_, str> {
                Cow::Borrowed(match error {
                    SdkError::ServiceError(answer) => return exception(answer.err()),
                    SdkError::TimeoutError(_) => "timeout",
                    SdkError::DispatchFailure(failure) if failure.is_timeout() => "timeout",
                    SdkError::DispatchFailure(failure) if failure.is_io() => "connection_error",
                    SdkError::DispatchFailure(_) => "DispatchFailure",
                    SdkError::ConstructionFailure(_) => "ConstructionFailure",
                    SdkError::ResponseError(_) => "ResponseError",
                    _ => crate::semconv::OTHER,
                })
            }

            /// For every service of the AWS SDK: the exception's name; else `timeout`, `connection_error` or how the call
            /// failed.
            impl<E: ProvideErrorMetadata + Debug> ErrorType for SdkError<E, HttpResponse> {
                fn error_type(&self) -> Cow<'_, str> {
                    match class(self) {
                        other if other == crate::semconv::OTHER => match self.raw_response() {
                            Some(response) => Cow::Owned(response.status().as_u16().to_string()),
                            None => other,
                        },
                        class => class,
                    }
                }

                fn description(&self) -> Option<Cow<'_, str>> {
                    let status = self.raw_response().map(|response| response.status().as_u16());
                    description(status, &class(self))
                }
            }

            /// The same in the middle of a stream.
            impl<E: ProvideErrorMetadata + Debug> ErrorType for SdkError<E, RawMessage> {
                fn error_type(&self) -> Cow<'_, str> {
                    class(self)
                }
            }

            $crate::extract::clients::aws_bedrock::error::exceptions!(
                exception; ConverseError, ConverseStreamError, InvokeModelError, InvokeModelWithResponseStreamError,
                ConverseStreamOutputError, ResponseStreamError
            );
        }
    };
}
