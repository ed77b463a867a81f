"""The article's networks and two forms of its training step in eager PyTorch."""

import torch
from torch import nn
from torch.nn.functional import binary_cross_entropy_with_logits as bce

from measure import CLASSES, NOISE, check_parameters


def use_threads(threads):
    if threads == 0:
        return
    torch.set_num_threads(threads)
    torch.set_num_interop_threads(1)


def keras_init(module):
    if isinstance(module, nn.Linear):
        nn.init.xavier_uniform_(module.weight)
        nn.init.zeros_(module.bias)


class Maxout(nn.Module):
    """ReLU and dropout on every piece, then the max over pieces, as in the article."""

    def __init__(self, inputs, units, pieces):
        super().__init__()
        self.shape = (-1, pieces, units)
        self.dense = nn.Linear(inputs, pieces * units)
        self.dropout = nn.Dropout(0.5)

    def forward(self, x):
        x = self.dropout(torch.relu(self.dense(x)))
        return x.view(self.shape).max(1).values  # faster than amax, whose gradient splits ties


class Discriminator(nn.Module):
    def __init__(self):
        super().__init__()
        self.images, self.labels = Maxout(784, 240, 5), Maxout(CLASSES, 50, 5)
        self.joint, self.out = Maxout(290, 240, 4), nn.Linear(240, 1)

    def forward(self, images, labels):
        return self.out(self.joint(torch.cat([self.images(images), self.labels(labels)], 1)))


class Generator(nn.Module):
    def __init__(self):
        super().__init__()
        self.noise, self.labels = nn.Linear(NOISE, 256), nn.Linear(CLASSES, 256)
        self.joint, self.out = nn.Linear(512, 512), nn.Linear(512, 784)

    def forward(self, noise, labels):
        x = torch.cat([torch.relu(self.noise(noise)), torch.relu(self.labels(labels))], 1)
        return torch.tanh(self.out(torch.relu(self.joint(x))))


class Article:
    """Both networks, their optimizers, and sums of the article's four figures.

    `autocast` makes products in bf16, as PyTorch chooses; `compiled` compiles the losses with their
    backward passes. Fused Adam is one kernel a network as it is.
    """

    def __init__(self, autocast=False, compiled=False):
        self.autocast = autocast
        if compiled:
            self.losses = torch.compile(self.losses)
        self.g, self.d = Generator(), Discriminator()
        check_parameters(**{
            name: sum(p.numel() for p in net.parameters())
            for name, net in (("generator", self.g), ("discriminator", self.d))
        })
        self.g_params, self.d_params = list(self.g.parameters()), list(self.d.parameters())
        for net in (self.g, self.d):
            net.apply(keras_init)
        self.g_opt, self.d_opt = (
            torch.optim.Adam(params, 2e-4, (0.5, 0.999), 1e-7, fused=True)
            for params in (self.g_params, self.d_params))
        self.sums, self.steps = torch.zeros(4), 0

    def shared(self, images, labels):
        """The article's step: D(fake) runs once, both gradients at the same parameters."""
        with torch.autocast("cpu", torch.bfloat16, enabled=self.autocast):
            real, fake, g_loss, d_loss = self.losses(images, labels)
        g_grads = torch.autograd.grad(g_loss, self.g_params, retain_graph=True)
        d_grads = torch.autograd.grad(d_loss, self.d_params)
        for params, grads, optimizer in ((self.g_params, g_grads, self.g_opt),
                                         (self.d_params, d_grads, self.d_opt)):
            for p, grad in zip(params, grads):
                p.grad = grad
            optimizer.step()
        self.keep(real, fake, g_loss, d_loss)

    def losses(self, images, labels):
        """Logits of real images and fakes, and the losses of them."""
        fakes = self.g(torch.randn(len(images), NOISE), labels)
        real, fake = self.d(images, labels), self.d(fakes, labels)
        ones = torch.ones_like(real)
        g_loss = bce(fake, ones)
        return real, fake, g_loss, bce(real, ones) + bce(fake, torch.zeros_like(fake))

    def usual(self, images, labels):
        """The loop of most tutorials: D on detached fakes, then G through the updated D."""
        fakes = self.g(torch.randn(len(images), NOISE), labels)
        real, fake = self.d(images, labels), self.d(fakes.detach(), labels)
        ones = torch.ones_like(real)
        d_loss = bce(real, ones) + bce(fake, torch.zeros_like(fake))
        self.d_opt.zero_grad()
        d_loss.backward()
        self.d_opt.step()
        g_loss = bce(self.d(fakes, labels), ones)
        self.g_opt.zero_grad()
        g_loss.backward()
        self.g_opt.step()
        self.keep(real, fake, g_loss, d_loss)

    @torch.no_grad()
    def keep(self, real, fake, g_loss, d_loss):
        self.sums += torch.stack([real.sigmoid().mean(), fake.sigmoid().mean(), g_loss, d_loss])
        self.steps += 1

    def results(self):
        return (self.sums / self.steps).tolist()
