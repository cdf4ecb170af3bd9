//! The SDK's event receiver as a stream that can be observed.

macro_rules! stream {
    ($sdk:ident, $smithy:ident) => {
        use std::fmt;
        use std::future::{Future, poll_fn};
        use std::pin::Pin;
        use std::sync::{Arc, Mutex, PoisonError};
        use std::task::{Context, Poll};

        use $sdk::error::SdkError;
        use $sdk::operation::converse_stream::ConverseStreamOutput as ConverseAnswer;
        use $sdk::operation::invoke_model_with_response_stream::InvokeModelWithResponseStreamOutput as InvokeAnswer;
        use $sdk::primitives::event_stream::EventReceiver;
        use $sdk::types::error::{ConverseStreamOutputError, ResponseStreamError};
        use $sdk::types::{ConverseStreamOutput, ResponseStream};
        use $smithy::event_stream::RawMessage;
        use futures_core::Stream;
        use futures_core::stream::FusedStream;

        use crate::extract::observe::FromStream;
        use crate::extract::observe::ObservedStream;

        /// The events of ConverseStream: [`recv`](EventStream::recv) as on the SDK's receiver, and a `Stream`.
        ///
        /// A function that calls ConverseStream returns it, made from the SDK's answer:
        ///
        /// ```
        /// use aws_sdk_bedrockruntime::error::SdkError;
        /// use aws_sdk_bedrockruntime::operation::converse_stream::ConverseStreamError;
        /// use aws_sdk_bedrockruntime::operation::converse_stream::builders::ConverseStreamFluentBuilder;
        /// use genai::clients::bedrock::ConverseStream;
        /// # extern crate aws_bedrock_1 as aws_sdk_bedrockruntime;
        ///
        /// #[genai::chat(request = request, stream)]
        /// async fn ask(request: ConverseStreamFluentBuilder) -> Result<ConverseStream, SdkError<ConverseStreamError>> {
        ///     Ok(request.send().await?.into())
        /// }
        /// ```
        ///
        /// The operation ends with the stream: at its end, at its first error, or when it is dropped.
        pub type ConverseStream = EventStream<ConverseStreamOutput, ConverseStreamOutputError>;

        /// The events of InvokeModelWithResponseStream.
        pub type InvokeModelStream = EventStream<ResponseStream, ResponseStreamError>;

        /// What the SDK's receiver gives.
        type Received<T, E> = Result<Option<T>, SdkError<E, RawMessage>>;

        /// The events of one of the SDK's event streams.
        ///
        /// Cancelling [`recv`](Self::recv), or polling the stream and giving up, loses no event. After an error and after the
        /// end it gives nothing more.
        #[must_use = "streams do nothing unless polled"]
        pub struct EventStream<T, E> {
            events: Events<T, E>,
        }

        enum Events<T, E> {
            Received(Receiving<T, E>),
            Observed(Pin<Box<ObservedStream<EventStream<T, E>>>>),
        }

        /// A future that receives for as long as the stream goes on, and where it puts each event.
        struct Receiving<T, E> {
            /// Gone after the end.
            future: Option<Pin<Box<dyn Future<Output = ()> + Send + Sync>>>,
            place: Arc<Mutex<Option<Received<T, E>>>>,
        }

        impl<T, E> fmt::Debug for EventStream<T, E> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct("EventStream").finish_non_exhaustive()
            }
        }

        impl<T, E> EventStream<T, E> {
            /// The next event, `None` at the end.
            ///
            /// # Errors
            /// What the SDK's receiver returns: an exception of the service's in the stream, or a failed connection.
            pub async fn recv(&mut self) -> Result<Option<T>, SdkError<E, RawMessage>> {
                poll_fn(|cx| Pin::new(&mut *self).poll_next(cx)).await.transpose()
            }
        }

        impl<T, E> EventStream<T, E>
        where
            T: Send + Sync + 'static,
            E: Send + Sync + 'static,
        {
            fn receive(mut receiver: EventReceiver<T, E>) -> Self {
                let place = Arc::new(Mutex::new(None));
                let theirs = Arc::clone(&place);
                let future = async move {
                    loop {
                        let received = receiver.recv().await;
                        let goes_on = matches!(received, Ok(Some(_)));
                        *theirs.lock().unwrap_or_else(PoisonError::into_inner) = Some(received);
                        if !goes_on {
                            return;
                        }
                        let mut is_taken = false;
                        // Whoever polls takes the event away before it polls again.
                        poll_fn(|_| if std::mem::replace(&mut is_taken, true) { Poll::Ready(()) } else { Poll::Pending })
                            .await;
                    }
                };
                Self {
                    events: Events::Received(Receiving { future: Some(Box::pin(future)), place }),
                }
            }
        }

        impl From<ConverseAnswer> for ConverseStream {
            fn from(answer: ConverseAnswer) -> Self {
                Self::receive(answer.stream)
            }
        }

        impl From<InvokeAnswer> for InvokeModelStream {
            fn from(answer: InvokeAnswer) -> Self {
                Self::receive(answer.body)
            }
        }

        impl<T, E> Stream for EventStream<T, E> {
            type Item = Result<T, SdkError<E, RawMessage>>;

            fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
                let receiving = match &mut self.events {
                    Events::Observed(observed) => return observed.as_mut().poll_next(cx),
                    Events::Received(receiving) => receiving,
                };
                let Some(future) = &mut receiving.future else {
                    return Poll::Ready(None);
                };
                let is_over = future.as_mut().poll(cx).is_ready();
                if is_over {
                    receiving.future = None;
                }
                let received = receiving.place.lock().unwrap_or_else(PoisonError::into_inner).take();
                match received {
                    Some(received) => Poll::Ready(received.transpose()),
                    None if is_over => Poll::Ready(None),
                    None => Poll::Pending,
                }
            }
        }

        impl<T, E> FusedStream for EventStream<T, E> {
            fn is_terminated(&self) -> bool {
                match &self.events {
                    Events::Received(receiving) => receiving.future.is_none(),
                    Events::Observed(observed) => observed.is_terminated(),
                }
            }
        }

        impl<T, E> FromStream<ObservedStream<EventStream<T, E>>> for EventStream<T, E> {
            fn from_stream(stream: ObservedStream<EventStream<T, E>>) -> Self {
                Self { events: Events::Observed(Box::pin(stream)) }
            }
        }
    };
}
